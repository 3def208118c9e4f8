#!/bin/sh
# Measures HTTP servers side by side, at 64 and at 512 keep-alive connections, with nginx as the measure.
#
#     http_side_by_side.sh [--rounds 21] [--connections "64 512"] [--warmup 15] [--real-time] [SERVER...]
#
# --real-time, as root, is for a busy machine. SERVER is verdant, verdant-nio, or a peer of `./verdant http-hello`; all but verdant-nio if none is named. side_by_side.py says what is measured and how.
# Wants wrk and nginx (Debian packages wrk, nginx-light).
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
verdant=$here/../../verdant

rounds=21
connections="64 512"
warmup=15
real_time=
while [ $# -gt 0 ]; do
    case $1 in
        --rounds) rounds=$2 ;;
        --connections) connections=$2 ;;
        --warmup) warmup=$2 ;;
        --real-time)
            real_time=$1
            shift
            continue
            ;;
        -*)
            echo "unknown option: $1 (expected: --rounds, --connections, --warmup, --real-time)" >&2
            exit 2
            ;;
        *) break ;;
    esac
    shift 2
done
[ $# -gt 0 ] || set -- verdant netty jetty jetty-blocking helidon robaho jdk

for tool in wrk nginx; do
    PATH=$PATH:/usr/sbin command -v $tool >/dev/null || {
        echo "$tool was not found: install it (Debian packages wrk, nginx-light)" >&2
        exit 2
    }
done

"$verdant" http-hello --help >/dev/null 2>&1 || true # Builds what is stale, once.
port=8601
servers="nginx=8600=$verdant http-hello --port 8600 --peer nginx"
for server; do
    case $server in
        verdant-nio) options="--hub nio" ;;
        *) options="--peer $server" ;;
    esac
    servers="$servers
$server=$port=$verdant http-hello --port $port $options"
    port=$((port + 1))
done
for number in $connections; do
    echo "$servers" | tr '\n' '\0' | xargs -0 python3 "$here/side_by_side.py" --connections "$number" --rounds "$rounds" --warmup "$warmup" $real_time
    echo
done
