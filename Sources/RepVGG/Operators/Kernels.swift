import CKernels

/// The SIMD kernels of one CPU level; `ckernels.h` states each one's contract.
package struct Kernels: @unchecked Sendable, Hashable {
  /// An instruction set that kernels exist for, in rising order.
  package enum Level: Int32, Sendable, CaseIterable {
    case portable, avx2, avx512

    /// As `REPVGG_ISA` and reports name it.
    package var name: String { "\(self)" }
  }

  package let level: Level

  /// Bytes of packed weights that kernels fetch ahead where nothing else is said.
  ///
  /// Measured: 24 to 192 KiB are within 2 % at batch 1 (docs/performance-log.md).
  package static let prefetchDistanceByteCount = 48 << 10

  /// The C table: immutable and of static lifetime.
  package let table: UnsafePointer<rvgk_kernels>

  /// The best level of this CPU, or the one that `REPVGG_ISA` names.
  package static let selected = Kernels(table: rvgk_kernels_selected())

  private init(table: UnsafePointer<rvgk_kernels>) {
    guard let level = Level(rawValue: table.pointee.level) else {
      preconditionFailure(
        "the kernels' table is of level \(table.pointee.level), which has no name")
    }
    self.level = level
    self.table = table
  }

  /// The kernels of a level; nil where this CPU or system cannot run them.
  package init?(level: Level) {
    guard let table = rvgk_kernels_at(level.rawValue) else { return nil }
    self.init(table: table)
  }

  /// The kernels of a level that this CPU perhaps cannot run, to plan for another machine with; nil
  /// where they are not compiled in.
  ///
  /// Algorithms may be planned with them. What packs or runs calls instructions of the level.
  package init?(planningFor level: Level) {
    guard let table = rvgk_kernels_compiled(level.rawValue) else { return nil }
    self.init(table: table)
  }

  /// The levels that this CPU and system can run.
  package static var reachable: [Kernels] { Level.allCases.compactMap(Kernels.init(level:)) }

  /// `portable`, `avx2` or `avx512`.
  package var name: String { level.name }
  /// Channels of a pixel are padded to a multiple of this many floats.
  package var channelBlock: Int { Int(table.pointee.channel_block) }
  /// Floats of a vector.
  package var vectorWidth: Int { Int(table.pointee.vector_width) }
  /// Widths of weight panels are the multiples of this up to ``widestPanel``.
  package var panelStep: Int { Int(table.pointee.panel_step) }
  package var widestPanel: Int { Int(table.pointee.widest_panel) }
  /// The fastest width where the channel count leaves the choice.
  package var preferredPanel: Int { Int(table.pointee.preferred_panel) }

  /// Rows of the register block over a panel of this width.
  package func blockRowCount(panelWidth: Int) -> Int {
    let rows = table.pointee.block_rows
    return switch panelWidth / panelStep {
    case 1: Int(rows.1)
    case 2: Int(rows.2)
    case 3: Int(rows.3)
    default: Int(rows.4)
    }
  }

  /// The width for a channel count: the preferred one, or a wider one that leaves no remainder.
  package func panelWidth(forChannels channels: Int) -> Int {
    let padded = channels.roundedUp(to: panelStep)
    if padded <= widestPanel { return padded }
    let widths = stride(from: preferredPanel, through: widestPanel, by: panelStep)
    return widths.first { padded % $0 == 0 } ?? preferredPanel
  }
}
