extension Float {
  /// The value of an IEEE 754 binary16; exact, subnormal numbers included.
  ///
  /// Correct even if the processor flushes subnormal Float32 numbers, because it never produces
  /// one.
  @inline(__always)
  init(float16Bits bits: UInt16) {
    let magnitude = UInt32(bits & 0x7fff)
    let subnormal = (Float(Int32(truncatingIfNeeded: magnitude)) * 0x1p-24).bitPattern
    let rebiased = (magnitude << 13) &+ (112 << 23)
    let special = (magnitude << 13) | 0x7f80_0000
    let value = magnitude < 0x400 ? subnormal : magnitude < 0x7c00 ? rebiased : special
    self.init(bitPattern: value | UInt32(bits & 0x8000) << 16)
  }

  /// The value of an 8-bit float of OCP's format E4M3, exact.
  ///
  /// The format has no infinities.
  @inline(__always)
  init(float8E4M3Bits bits: UInt8) {
    let magnitude = UInt32(bits & 0x7f)
    let subnormal = (Float(magnitude) * 0x1p-9).bitPattern
    let rebiased = (magnitude << 20) &+ (120 << 23)
    let value = magnitude < 8 ? subnormal : magnitude == 0x7f ? Float.nan.bitPattern : rebiased
    self.init(bitPattern: value | UInt32(bits & 0x80) << 24)
  }

  /// The value of an 8-bit float of format E5M2: the upper half of a binary16.
  @inline(__always)
  init(float8E5M2Bits bits: UInt8) {
    self.init(float16Bits: UInt16(bits) << 8)
  }

  /// The value of a bfloat16: the upper half of a Float32.
  @inline(__always)
  init(bfloat16Bits bits: UInt16) {
    self.init(bitPattern: UInt32(bits) << 16)
  }

  /// The nearest bfloat16, ties to even.
  var bfloat16Bits: UInt16 {
    let bits = bitPattern
    // Keeps a NaN a NaN if its payload is only in the lower half.
    guard !isNaN else { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }
}
