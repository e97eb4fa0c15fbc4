#!/bin/sh
# Starts a server without exec, as many start scripts do, says its pid, and ends in this way.
sleep 1000 &
echo "server $!"
eval "$1"
