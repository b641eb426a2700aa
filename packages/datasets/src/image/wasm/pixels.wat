;; Sums of products of pixels, sixteen numbers at a time. testdata/pixelsModule.mjs makes pixelsModule.ts of it.
(module
  (memory (export "memory") 1 1024)

  ;; A row of sums of rows: at `pairs`, for each of `count` pairs of rows, where both begin and their weights, two of 16 bits
  ;; in units of 2^-12. Goes by sixteen: reads and writes up to 15 bytes beyond `length`.
  (func (export "sumRows") (param $pairs i32) (param $count i32) (param $length i32) (param $to i32)
    (local $x i32) (local $at i32) (local $k i32)
    (local $a v128) (local $b v128) (local $weights v128) (local $pixels v128)
    (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (loop $across
      (local.set $s0 (v128.const i32x4 2048 2048 2048 2048))
      (local.set $s1 (local.get $s0))
      (local.set $s2 (local.get $s0))
      (local.set $s3 (local.get $s0))
      (local.set $at (local.get $pairs))
      (local.set $k (local.get $count))
      (loop $down
        (local.set $a (v128.load (i32.add (i32.load (local.get $at)) (local.get $x))))
        (local.set $b (v128.load (i32.add (i32.load offset=4 (local.get $at)) (local.get $x))))
        (local.set $weights (v128.load32_splat offset=8 (local.get $at)))
        (local.set $pixels (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $a) (local.get $b)))
        (local.set $s0 (i32x4.add (local.get $s0)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $pixels)) (local.get $weights))))
        (local.set $s1 (i32x4.add (local.get $s1)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $pixels)) (local.get $weights))))
        (local.set $pixels (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $a) (local.get $b)))
        (local.set $s2 (i32x4.add (local.get $s2)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $pixels)) (local.get $weights))))
        (local.set $s3 (i32x4.add (local.get $s3)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $pixels)) (local.get $weights))))
        (local.set $at (i32.add (local.get $at) (i32.const 12)))
        (br_if $down (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (v128.store (i32.add (local.get $to) (local.get $x))
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $s0) (i32.const 12)) (i32x4.shr_s (local.get $s1) (i32.const 12)))
          (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $s2) (i32.const 12)) (i32x4.shr_s (local.get $s3) (i32.const 12)))))
      (br_if $across (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $length)))))

  ;; `count` pixels, each the sum of pixels side by side: at `taps`, for each, where in the row the first begins and its
  ;; weights, as many pairs as `pairs`. Reads up to 10 bytes beyond the last pixel, writes one beyond the last.
  (func (export "sumPixels") (param $row i32) (param $taps i32) (param $pairs i32) (param $count i32) (param $to i32)
    (local $at i32) (local $k i32) (local $sum v128)
    (loop $across
      (local.set $sum (v128.const i32x4 2048 2048 2048 2048))
      (local.set $at (i32.add (local.get $row) (i32.load (local.get $taps))))
      (local.set $taps (i32.add (local.get $taps) (i32.const 4)))
      (local.set $k (local.get $pairs))
      (loop $pair
        (local.set $sum (i32x4.add (local.get $sum)
          (i32x4.dot_i16x8_s
            (i8x16.swizzle (v128.load (local.get $at))
              (v128.const i8x16 0 -1 3 -1 1 -1 4 -1 2 -1 5 -1 -1 -1 -1 -1))
            (v128.load32_splat (local.get $taps)))))
        (local.set $taps (i32.add (local.get $taps) (i32.const 4)))
        (local.set $at (i32.add (local.get $at) (i32.const 6)))
        (br_if $pair (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (local.set $sum (i32x4.shr_s (local.get $sum) (i32.const 12)))
      (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
      (v128.store32_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
      (local.set $to (i32.add (local.get $to) (i32.const 3)))
      (br_if $across (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; Two rows mixed by weights in units of 2^-22, of which there is one for each. Goes by sixteen, as sumRows.
  (func (export "mixRows") (param $a i32) (param $b i32) (param $v i32) (param $w i32) (param $length i32) (param $to i32)
    (local $x i32) (local $p v128) (local $q v128) (local $vs v128) (local $ws v128) (local $half v128)
    (local $pl v128) (local $ql v128) (local $first v128)
    (local.set $vs (i32x4.splat (local.get $v)))
    (local.set $ws (i32x4.splat (local.get $w)))
    (local.set $half (i32x4.splat (i32.const 2097152)))
    (loop $across
      (local.set $p (v128.load (i32.add (local.get $a) (local.get $x))))
      (local.set $q (v128.load (i32.add (local.get $b) (local.get $x))))
      (local.set $pl (i16x8.extend_low_i8x16_u (local.get $p)))
      (local.set $ql (i16x8.extend_low_i8x16_u (local.get $q)))
      (local.set $first (i16x8.narrow_i32x4_s
        (i32x4.shr_s (i32x4.add (local.get $half) (i32x4.add
          (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $pl)) (local.get $vs))
          (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $ql)) (local.get $ws)))) (i32.const 22))
        (i32x4.shr_s (i32x4.add (local.get $half) (i32x4.add
          (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $pl)) (local.get $vs))
          (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $ql)) (local.get $ws)))) (i32.const 22))))
      (local.set $pl (i16x8.extend_high_i8x16_u (local.get $p)))
      (local.set $ql (i16x8.extend_high_i8x16_u (local.get $q)))
      (v128.store (i32.add (local.get $to) (local.get $x))
        (i8x16.narrow_i16x8_u (local.get $first) (i16x8.narrow_i32x4_s
          (i32x4.shr_s (i32x4.add (local.get $half) (i32x4.add
            (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $pl)) (local.get $vs))
            (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $ql)) (local.get $ws)))) (i32.const 22))
          (i32x4.shr_s (i32x4.add (local.get $half) (i32x4.add
            (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $pl)) (local.get $vs))
            (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $ql)) (local.get $ws)))) (i32.const 22)))))
      (br_if $across (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $length))))))
