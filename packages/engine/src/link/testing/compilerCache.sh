#!/bin/sh
# A C++ compiler that remembers what it compiled in $CXX_STORE by the name of the source, for tests that compile often.
# It takes a quarter of the time by not optimising: what those tests make is loaded, and never computes.
source=
output=
previous=
for argument; do
  case $previous in
    -c) source=$argument ;;
    -o) output=$argument ;;
  esac
  previous=$argument
done
[ -n "$source" ] || exec g++ "$@"
kept=$CXX_STORE/$(basename "$source").o
if [ ! -e "$kept" ]; then
  g++ "$@" -O0 || exit $?
  cp "$output" "$kept.$$" && mv "$kept.$$" "$kept"
fi
cp "$kept" "$output"
