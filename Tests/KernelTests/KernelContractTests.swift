import CKernels
import Glibc
import RepVGG
import Testing

/// What the kernels' C and Swift sides state twice, and how a broken contract ends.
@Suite struct KernelContractTests {
  @Test func bothSidesStateTheSameSizes() {
    #expect(ActivationLayout.channelBlock == Int(RVGK_CHANNEL_BLOCK))
    #expect(Kernels.Level.allCases.map(\.rawValue) == Array(0..<Int32(RVGK_LEVEL_COUNT)))
    #expect(TileFamily.allCases.map(\.rawValue) == Array(0..<Int(RVGK_TILE_FAMILY_COUNT)))
    let kinds = TileFamily.allCases.flatMap { family in
      family.outputCounts.compactMap { TileKind(family: family, outputCount: $0) }
    }
    #expect(kinds.map(\.index).sorted() == Array(0..<Int(RVGK_TILE_KIND_COUNT)))
    #expect(kinds.map(\.outputCount).max() == Int(RVGK_MAX_OUTPUTS))
    #expect(kinds.map(\.inputCount).max() == Int(RVGK_MAX_POSITIONS))
    #expect(TileFamily.allCases.map(\.weightCount).max() == Int(RVGK_MAX_WEIGHTS))
  }

  @Test func everyPanelOfALevelHasARegisterBlock() {
    for kernels in Kernels.reachable {
      #expect(kernels.widestPanel <= Int(RVGK_MAX_PANEL_WIDTH))
      let step = kernels.panelStep
      for width in stride(from: step, through: kernels.widestPanel, by: step) {
        #expect(kernels.blockRowCount(panelWidth: width) > 0, "\(kernels.name), \(width)")
      }
    }
  }

  @Test func packingByAnUnknownFamilyEndsTheProcess() async {
    let outcome = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) {
      let unknown = RVGK_FAMILY_TAPS + 1
      var floats = [Float](repeating: 1, count: 64)
      floats.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        let rows: (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32) = (
          0, 1, 2, 0, 0, 0, 0, 0
        )
        var task = rvgk_winograd_pack_task(
          kernel: base, o_stride: 9, depth: 1, columns: 1, panel_width: 16,
          vertical_family: unknown, horizontal_family: unknown, vertical_count: 1,
          horizontal_count: 1, vertical: rows, horizontal: rows, packed: base,
          vertical_stride: 16, horizontal_stride: 16, row_stride: 16)
        Kernels.selected.table.pointee.winograd_pack(&task)
      }
    }
    let message = String(decoding: outcome?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("winograd_pack: the weight transform's family is unknown"))
  }

  @Test(arguments: [true, false])
  func transformingByAnUnknownFamilyEndsTheProcess(both: Bool) async {
    let outcome = await #expect(
      processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]
    ) { [both] in
      var floats = [Float](repeating: 1, count: 512)
      floats.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        var task = rvgk_winograd_weight_task(
          kernel: base, depth: 1, panel_width: 16, family: RVGK_FAMILY_TAPS, vertical_rows: 1,
          horizontal_rows: 1, weights: base + 256, weight_stride: 16)
        let table = Kernels.selected.table.pointee
        (both ? table.winograd_weight_matrices : table.winograd_weight_columns)(&task)
      }
    }
    let message = String(decoding: outcome?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("the weight transform's family is unknown"))
  }
}
