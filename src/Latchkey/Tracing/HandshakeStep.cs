namespace Latchkey.Tracing;

/// <summary>One step of a handshake as the edge saw it. Times are milliseconds.</summary>
/// <param name="At">Since the handshake began.</param>
/// <param name="Kind"><c>received</c> and <c>sent</c> are messages from and to the client, <c>key</c> is a question to the holder of the key.</param>
/// <param name="Name">Of the message or of the operation.</param>
/// <param name="Bytes">Length of the message, its header included; null for operations.</param>
/// <param name="Elapsed">How long the operation took, the way there and back included; null for messages.</param>
internal sealed record HandshakeStep(double At, string Kind, string Name, int? Bytes, double? Elapsed);
