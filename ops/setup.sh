#!/bin/sh
# setup.sh LOCK-FILE: make .venv if need be and bring it to what the lock file says. Repeatable.
set -eu
cd "$(dirname "$0")/.."
lock=$1

say() { printf '%s\n' "$*"; }
stop() { say "$*" >&2; exit 1; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-} python3 python3.11 python3.12 python3.13 python3.14; do
        if command -v "$name" >/dev/null && new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    stop "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed: sudo apt-get install python3 python3-venv"
}

# Debian keeps ensurepip in a package of its own, and without it venv makes an environment without pip
see_to_venv() {
    if "$1" -c 'import ensurepip, venv' 2>/dev/null; then return; fi
    say "正在安装 / installing: python3-venv"
    if [ "$(id -u)" = 0 ]; then
        ops/apt-install.sh python3-venv || true
    elif sudo -n true 2>/dev/null; then
        sudo -n ops/apt-install.sh python3-venv || true
    fi
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "本机缺少 python3-venv，请运行 / python3-venv is missing; run: sudo apt-get install python3-venv"
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    see_to_venv "$python"
    say "新建 / making .venv ($("$python" --version))"
    rm -rf .venv
    "$python" -m venv .venv
fi

say "按 $lock 安装依赖（初次约一分钟） / installing from $lock (the first time takes about a minute)"
.venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
say "就绪 / ready"
