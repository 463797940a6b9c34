"""Check digits of numbers that people copy from paper. Pure.

统一社会信用代码 GB 32100-2015 (modulus 31), 食品经营许可证编号 and its kin GB/T 17710 (ISO 7064 MOD 11,10), GTIN of
goods GB 12904 (modulus 10), 公民身份号码 GB 11643 (ISO 7064 MOD 11-2).
"""

import re

COMPANY_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
COMPANY_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def company_check(first17: str) -> str:
    """The eighteenth sign of a company's code; raises ValueError for signs that codes do not have."""
    total = sum(COMPANY_SIGNS.index(sign) * by for sign, by in zip(first17, COMPANY_WEIGHTS, strict=True))
    return COMPANY_SIGNS[-total % 31]


def is_company_code(code: str) -> bool:
    return bool(re.fullmatch(rf"[{COMPANY_SIGNS}]{{2}}[0-9]{{6}}[{COMPANY_SIGNS}]{{10}}", code)) and (
        company_check(code[:17]) == code[17]
    )


def licence_check(first13: str) -> str:
    """The last of a food licence's fourteen digits."""
    carried = 10
    for digit in first13:
        carried = (carried + int(digit)) % 10 or 10
        carried = carried * 2 % 11
    return str((11 - carried) % 10)


def is_licence_number(number: str) -> bool:
    """`JY` or `SC` and fourteen digits: operating or producing food."""
    return bool(re.fullmatch(r"(JY|SC)[0-9]{14}", number)) and licence_check(number[2:15]) == number[15]


def goods_check(without: str) -> str:
    """The last digit of a GTIN, given those before it."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(without)))
    return str(-total % 10)


def is_goods_number(number: str) -> bool:
    """8, 12, 13 or 14 digits, as bar codes on packages have."""
    return bool(re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", number)) and goods_check(number[:-1]) == number[-1]


def person_check(first17: str) -> str:
    total = sum(int(digit) * by for digit, by in zip(first17, PERSON_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def looks_like_person(number: str) -> bool:
    """Whether it has the form of an identity number, right or wrong."""
    return bool(re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number))


def is_person_number(number: str) -> bool:
    return looks_like_person(number) and person_check(number[:17]) == number[17]


def masked(number: str) -> str:
    """A number to recognise and not to use: its first two and last four signs, less of a short one."""
    if len(number) >= 12:
        return f"{number[:2]}{'*' * (len(number) - 6)}{number[-4:]}"
    return "*" * max(len(number) - 2, 2) + number[-2:]
