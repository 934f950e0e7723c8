import CPlatform

/// Instruction-set extensions that matter to products of matrices.
///
/// The bits are those of `rvgk_cpu.h`, the one place that reads them.
package struct CPUFeatures: OptionSet, Sendable, Hashable {
  package let rawValue: UInt64

  package init(rawValue: UInt64) { self.rawValue = rawValue }

  private init(_ feature: Int) { self.init(rawValue: 1 << UInt64(feature)) }

  /// What programs may use here: what the CPU reports and the operating system saves the registers
  /// of.
  package static let enabled = CPUFeatures(rawValue: rvgk_isa_enabled_features())

  package static let fma = CPUFeatures(Int(RVGK_ISA_FMA))
  package static let avx2 = CPUFeatures(Int(RVGK_ISA_AVX2))
  /// Products of bytes and 16-bit integers in 256 bits.
  package static let avxVNNI = CPUFeatures(Int(RVGK_ISA_AVX_VNNI))
  package static let avx512F = CPUFeatures(Int(RVGK_ISA_AVX512F))
  package static let avx512CD = CPUFeatures(Int(RVGK_ISA_AVX512CD))
  package static let avx512DQ = CPUFeatures(Int(RVGK_ISA_AVX512DQ))
  package static let avx512BW = CPUFeatures(Int(RVGK_ISA_AVX512BW))
  package static let avx512VL = CPUFeatures(Int(RVGK_ISA_AVX512VL))
  /// Products of bytes and 16-bit integers in 512 bits.
  package static let avx512VNNI = CPUFeatures(Int(RVGK_ISA_AVX512VNNI))
  package static let avx512BF16 = CPUFeatures(Int(RVGK_ISA_AVX512BF16))
  /// Tiles; using them needs a permission from the kernel besides.
  package static let amxTile = CPUFeatures(Int(RVGK_ISA_AMX_TILE))
  package static let amxInt8 = CPUFeatures(Int(RVGK_ISA_AMX_INT8))
  package static let amxBF16 = CPUFeatures(Int(RVGK_ISA_AMX_BF16))

  /// The parts of AVX-512 that kernels of the level use, as every CPU from Skylake-SP on has them.
  package static let avx512: CPUFeatures = [.avx512F, .avx512DQ, .avx512BW, .avx512VL]
}

extension Kernels.Level {
  /// What a CPU and its operating system must offer for kernels of the level to run.
  package var requiredFeatures: CPUFeatures {
    switch self {
    case .portable: []
    case .avx2: [.avx2, .fma]
    case .avx512: [.avx2, .fma, .avx512]
    }
  }
}
