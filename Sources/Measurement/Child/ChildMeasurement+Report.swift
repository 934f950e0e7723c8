import CPlatform
import Glibc

extension ChildMeasurement {
  /// The variable that tells a child which descriptor its report goes to.
  static let reportVariable = "REPVGG_PEAK_REPORT_DESCRIPTOR"

  /// Reports this process's peak resident memory to the parent that measures it.
  ///
  /// To be called in the child when its work is done; without such a parent it does nothing. A later
  /// report replaces an earlier one.
  ///
  /// - Returns: whether a report was sent.
  @discardableResult
  package static func reportPeakResidentMemory() -> Bool {
    guard let value = getenv(reportVariable), let descriptor = Int32(String(cString: value)),
      descriptor > 2
    else { return false }
    return reportPeakResidentMemory(toDescriptor: descriptor)
  }

  /// Writes the report to an open descriptor; returns whether that succeeded.
  package static func reportPeakResidentMemory(toDescriptor descriptor: Int32) -> Bool {
    let peak = rvgk_read_process_memory().peak_resident_bytes
    guard peak >= 0 else { return false }
    // One short line: a pipe takes it whole.
    let line = Array("peak_resident_bytes \(peak)\n".utf8)
    return line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == line.count
  }

  /// The value of the last complete line of a report; nil without one.
  static func parseReport(_ bytes: [UInt8]) -> Int64? {
    let text = String(decoding: bytes, as: UTF8.self)
    let line = text.split(whereSeparator: \.isNewline)
      .last { $0.hasPrefix("peak_resident_bytes ") }
    guard text.hasSuffix("\n"), let value = line?.split(separator: " ").last,
      let bytes = Int64(value), bytes >= 0
    else { return nil }
    return bytes
  }
}
