#!/bin/bash
# Stops what start.sh started, by the process ids it wrote down.   stop.sh VERSION
# The server waits for open streams when asked to end, so after 8 s it is not asked any more.
VERSION=${1:?which version}
if [ "$(id -u)" = 0 ]; then CACHE=/var/cache; else CACHE=${XDG_CACHE_HOME:-$HOME/.cache}; fi
STATE=${LETTA_LAB:-$CACHE/tertulia/letta}/state-$VERSION
pids=()
for name in letta model redis; do
  pid=$(cat "$STATE/$name.pid" 2>/dev/null); rm -f "$STATE/$name.pid"
  [ -n "$pid" ] && kill "$pid" 2>/dev/null && pids+=("$pid")
done
[ -s "$STATE/pg/postmaster.pid" ] && kill -INT "$(head -1 "$STATE/pg/postmaster.pid")"
for _ in $(seq 40); do
  alive=0; for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null && alive=1; done
  [ $alive = 0 ] && exit 0
  sleep 0.2
done
for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null; done
exit 0
