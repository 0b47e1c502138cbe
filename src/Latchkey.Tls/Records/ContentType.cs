namespace Latchkey.Tls.Records;

/// <summary>Record types, RFC 8446 §5.1.</summary>
internal enum ContentType : byte
{
    /// <summary>Only as inner type: a record of padding and nothing else, which is an error.</summary>
    None = 0,
    ChangeCipherSpec = 20,
    Alert = 21,
    Handshake = 22,
    ApplicationData = 23,
}
