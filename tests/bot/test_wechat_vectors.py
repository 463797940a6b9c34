"""Other people's samples of WeChat's protocol, with the plaintext they expect."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.wechat.account import Account
from bot.wechat.codec import BadCallback, decode, verify_url

FOLDER = Path(__file__).parent.parent / "data" / "wechat-vectors"
VECTORS = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(vector, case, id=f"{vector['appid']}-{case['id']}")
        for vector in VECTORS
        for case in vector["cases"]
        if case["kind"] == kind
    ]


def account_of(vector: dict[str, Any]) -> Account:
    return Account(vector["appid"], "", vector["token"], vector["encoding_aes_key"], "")


def at(query: dict[str, str]) -> datetime:
    return datetime.fromtimestamp(int(query["timestamp"]), UTC)


@pytest.mark.parametrize(("vector", "case"), cases("url_signature"))
def test_a_signed_address_check_is_echoed(vector: dict[str, Any], case: dict[str, Any]) -> None:
    query = {"echostr": "echo", **{key: case[key] for key in ("timestamp", "nonce", "signature")}}
    query["echostr"] = case.get("echostr", "echo")
    assert verify_url(account_of(vector), query, at(query)) == query["echostr"]
    with pytest.raises(BadCallback) as refused:
        verify_url(account_of(vector), {**query, "nonce": "1"}, at(query))
    assert refused.value.status == 403


@pytest.mark.parametrize(("vector", "case"), cases("echostr"))
def test_an_encrypted_address_check_is_opened(vector: dict[str, Any], case: dict[str, Any]) -> None:
    query = case["query"]
    if case.get("expect_error"):
        with pytest.raises(BadCallback, match=case["expect_error"]):
            verify_url(account_of(vector), query, at(query))
    else:
        assert verify_url(account_of(vector), query, at(query)).isdigit()


@pytest.mark.parametrize(("vector", "case"), cases("decrypt"))
def test_a_push_is_opened(vector: dict[str, Any], case: dict[str, Any]) -> None:
    inner = {**case.get("body_wrapper", {}), "Encrypt": case["encrypt"]}
    body = (
        json.dumps(inner) if case["format"] == "json" else f"<xml><Encrypt>{case['encrypt']}</Encrypt></xml>"
    )
    inbound = decode(account_of(vector), case["query"], body.encode(), at(case["query"]))
    expected = case.get("expect_fields") or json.loads(case["expect_plaintext"])
    assert expected.items() <= inbound.fields.items()
    assert inbound.openid == expected["FromUserName"]


@pytest.mark.parametrize(("vector", "case"), cases("encrypt"))
def test_we_seal_as_they_do(vector: dict[str, Any], case: dict[str, Any]) -> None:
    key = WeChatCrypto(vector["token"], vector["encoding_aes_key"], vector["appid"]).key

    class Fixed(PrpCrypto):  # type: ignore[misc]
        def get_random_string(self) -> str:
            return str(case["random"])

    encrypted = Fixed(key).encrypt(case["plaintext"], vector["appid"]).decode()
    signer = WeChatSigner()
    signer.add_data(vector["token"], case["timestamp"], case["nonce"], encrypted)
    assert (encrypted, signer.signature) == (case["expect_encrypt"], case["expect_msg_signature"])


def test_a_plaintext_push_is_refused_in_secure_mode() -> None:
    vector = VECTORS[0]
    case = next(case for case in vector["cases"] if case["id"] == "post_plain_json")
    query = {key: case[key] for key in ("timestamp", "nonce", "signature")}
    with pytest.raises(BadCallback, match="plaintext"):
        decode(account_of(vector), query, json.dumps(case["body"]).encode(), at(query))
