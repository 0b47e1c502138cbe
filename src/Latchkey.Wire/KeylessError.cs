namespace Latchkey.Wire;

/// <summary>
/// The one byte that an error reply carries. 01–0B are the deployed protocol's; 40 and up are Latchkey's and go only to peers
/// that have exchanged capabilities.
/// </summary>
public enum KeylessError : byte
{
    /// <summary>Not on the wire: success.</summary>
    None = 0x00,
    /// <summary>The private-key operation failed; also a wrong digest length or a key of the wrong type.</summary>
    CryptographicFailure = 0x01,
    /// <summary>No such key, or none this peer may use: the two look alike so that keys cannot be probed for (attacks 13, 14).</summary>
    KeyNotFound = 0x02,
    /// <summary>Read failure.</summary>
    ReadFailure = 0x03,
    /// <summary>Version mismatch.</summary>
    VersionMismatch = 0x04,
    /// <summary>No opcode, or an unknown one.</summary>
    BadOpcode = 0x05,
    /// <summary>A reply's opcode in a request.</summary>
    UnexpectedOpcode = 0x06,
    /// <summary>Malformed request. For malformed items the connection is closed instead; Latchkey sends it for fields of its own operations.</summary>
    Malformed = 0x07,
    /// <summary>Internal; also a request that names no key.</summary>
    Internal = 0x08,
    /// <summary>Certificate not found.</summary>
    CertificateNotFound = 0x09,
    /// <summary>The sealing key is expired.</summary>
    SealingKeyExpired = 0x0A,
    /// <summary>Remote configuration error.</summary>
    RemoteConfiguration = 0x0B,

    /// <summary>Latchkey: the queue is full; another key server may have room.</summary>
    Overloaded = 0x40,
    /// <summary>Latchkey: the operation did not get its turn, or its answer, in time.</summary>
    Timeout = 0x41,
    /// <summary>Latchkey: the key server is draining; ask another one.</summary>
    ShuttingDown = 0x42,
    /// <summary>Latchkey: the client's public value is none of the group: the edge answers it with illegal_parameter (attack 18).</summary>
    InvalidPublicValue = 0x43,
    /// <summary>Latchkey: no session under that ticket or identifier, or none that may be resumed: a full handshake follows (R10).</summary>
    SessionUnknown = 0x44,
    /// <summary>Latchkey: a sealed state that does not open here: sealed by a key server with another sealing secret, for another edge, key or handshake, altered, or too old.</summary>
    StateNotOpened = 0x45,
    /// <summary>Latchkey: the binder of a pre-shared key is wrong, so the client has not the key: the edge answers it with decrypt_error (RFC 8446 §4.2.11).</summary>
    BinderWrong = 0x46,
    /// <summary>Latchkey: no handshake of that number is under way on this connection: it never was, it is over, or its time has passed (attack 24).</summary>
    HandshakeUnknown = 0x47,
    /// <summary>Latchkey: the key may be used, yet not in this way: its owner's configuration does not allow it.</summary>
    NotAllowed = 0x48,
    /// <summary>Latchkey: what must be used once has been used, or its time is not this (attacks 1, 2, 15): a replay, or clocks that differ.</summary>
    Replayed = 0x49,
    /// <summary>Latchkey: this edge has used the key as often as its owner allows for now (attacks 6, 20).</summary>
    RateLimited = 0x4A,
    /// <summary>Latchkey: the device that holds the key did not get to it, or is out of reach; other keys are served, and another key server may do better.</summary>
    DeviceBusy = 0x4B,
    /// <summary>Latchkey: the key is split, and the parts at hand are not enough to join it (S4, S5).</summary>
    PartsMissing = 0x4C,
    /// <summary>Latchkey: the key is split, and a part that the requester sent is not the one that was made (attack 17).</summary>
    PartWrong = 0x4D,
}

/// <summary>What follows from an error's number.</summary>
public static class KeylessErrorExtensions
{
    /// <summary>The error as that peer may see it: one that has not exchanged capabilities gets 08 for Latchkey's own codes.</summary>
    public static KeylessError For(this KeylessError error, bool negotiated) =>
        negotiated || (byte)error < 0x40 ? error : KeylessError.Internal;

    /// <summary>Whether the same operation may succeed at another key server that holds the same key.</summary>
    public static bool IsWorthAskingAnother(this KeylessError error) =>
        error is KeylessError.Overloaded or KeylessError.Timeout or KeylessError.ShuttingDown or KeylessError.DeviceBusy or KeylessError.RateLimited
            or KeylessError.Internal or KeylessError.KeyNotFound or KeylessError.ReadFailure or KeylessError.StateNotOpened or KeylessError.Replayed or KeylessError.PartsMissing;

    /// <summary>Whether it says something about the key server, whatever it was asked: one that goes on saying so is better left alone for a while.</summary>
    public static bool IsOfKeyServer(this KeylessError error) =>
        error is KeylessError.Overloaded or KeylessError.Timeout or KeylessError.ShuttingDown or KeylessError.Internal or KeylessError.ReadFailure;

    /// <summary>Whether it says something about the client of the edge, and nothing went wrong at the key server: whoever asked deals with it.</summary>
    public static bool IsAboutClient(this KeylessError error) => error is KeylessError.InvalidPublicValue or KeylessError.SessionUnknown or KeylessError.BinderWrong;
}
