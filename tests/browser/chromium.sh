#!/bin/sh
# Debian's chromium and its driver, installed where they are absent. Nothing is fetched from anywhere but Debian.
set -eu

there() { command -v chromium >/dev/null 2>&1 && command -v chromedriver >/dev/null 2>&1; }

if there; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "chromium and chromedriver are not on PATH, and there is no apt-get here: install both, then make test-browser" >&2
    exit 1
fi
root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "chromium is not installed, and only root may install it: as root, apt-get install chromium chromium-driver" >&2
        exit 1
    fi
    root=sudo
fi
echo "installing Debian's chromium and chromium-driver"
$root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core >/dev/null
if ! there; then
    echo "apt-get has installed chromium and chromium-driver, and they are not on PATH: look at its output" >&2
    exit 1
fi
