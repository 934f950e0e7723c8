/// One panel of packed weights: consecutive output channels of one group.
package struct OutputPanel: Sendable, Hashable {
  package let group: Int
  /// The first output channel, in the destination's pixel.
  package let firstChannel: Int
  /// Floats stored in each pixel: channels, and at the pixel's end its padding.
  package let columnCount: Int
  /// Output channels that have weights; the others' are zero.
  package let channelCount: Int
  /// Floats of a packed row: a panel width of the kernels.
  package let width: Int
  /// Sum of the widths of the panels before.
  package let widthBefore: Int
}

/// The panels whose weights one worker reads: all of them, or a share of the output channels.
struct PanelShare: Sendable {
  /// Sum of the widths of the panels before the share.
  let widthBefore: Int
  /// Sum of the widths of its panels.
  let width: Int
}

extension OutputPanel {
  /// For every panel, the share that it belongs to.
  static func shares(
    _ panels: [OutputPanel], split: WorkSplit, workerCount: Int
  ) -> [PanelShare] {
    let count = split == .pixels ? 1 : workerCount
    return (0..<count).flatMap { worker in
      let own = panels[workerShare(panels.count, worker: worker, count: count)]
      let share = PanelShare(
        widthBefore: own.first?.widthBefore ?? 0, width: own.reduce(0) { $0 + $1.width })
      return [PanelShare](repeating: share, count: own.count)
    }
  }

  /// The panels that cover a convolution's output pixel, in order.
  static func cover(_ shape: ConvolutionShape, panelWidth: Int, panelStep: Int) -> [OutputPanel] {
    var panels: [OutputPanel] = []
    var widthBefore = 0
    let perGroup = shape.outputChannelsPerGroup
    for group in 0..<shape.groups {
      let start = group * perGroup
      let isLast = group == shape.groups - 1
      let end = isLast ? shape.destination.storedChannels : start + perGroup
      var first = start
      while first < end {
        let columns = min(panelWidth, end - first)
        let width = columns.roundedUp(to: panelStep)
        let channels = max(0, min(columns, start + perGroup - first))
        panels.append(
          OutputPanel(
            group: group, firstChannel: first, columnCount: columns, channelCount: channels,
            width: width, widthBefore: widthBefore))
        widthBefore += width
        first += columns
      }
    }
    return panels
  }
}
