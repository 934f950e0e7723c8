import CRepVGG
import Synchronization

/// The living objects of one kind, by the handles that C callers hold.
///
/// A handle is a number that is never given twice and never dereferenced, so that one that is
/// wrong, of another kind, or destroyed already is recognised instead of ending the process.
final class HandleTable<Object: AnyObject & Sendable>: Sendable {
  private struct State {
    var sequence: UInt = 1 << 16
    var objects: [UInt: Object] = [:]
  }

  /// The lowest bits of this kind's handles; odd, as no address of an allocation is.
  private let kindBits: UInt
  /// How messages call an object.
  private let kindName: String
  private let state = Mutex(State())

  init(kindBits: UInt, kindName: String) {
    self.kindBits = kindBits
    self.kindName = kindName
  }

  /// Keeps an object alive until its handle is removed.
  func insert(_ object: Object) throws -> OpaquePointer {
    let number = state.withLock { state in
      state.sequence &+= 1
      let number = state.sequence << 3 | kindBits
      state.objects[number] = object
      return number
    }
    guard let handle = OpaquePointer(bitPattern: number) else {
      throw Failure(RVG_INTERNAL, "a handle is zero")
    }
    return handle
  }

  /// The object of a handle.
  func object(_ handle: OpaquePointer?) throws -> Object {
    let number = UInt(bitPattern: handle)
    if let object = state.withLock({ $0.objects[number] }) { return object }
    throw Failure(
      RVG_INVALID_ARGUMENT,
      handle == nil
        ? "the \(kindName) is NULL" : "the handle is not a \(kindName), or was destroyed")
  }

  /// Gives up the table's hold of an object; nil where the handle is none of its own.
  func remove(_ handle: OpaquePointer?) -> Object? {
    let number = UInt(bitPattern: handle)
    return state.withLock { $0.objects.removeValue(forKey: number) }
  }
}

/// Every model that a caller holds.
let models = HandleTable<LoadedModel>(kindBits: 3, kindName: "model")
/// Every session that a caller holds.
let sessions = HandleTable<RunnableSession>(kindBits: 5, kindName: "session")
