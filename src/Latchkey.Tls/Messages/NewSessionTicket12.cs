using System.Buffers.Binary;
using Latchkey.Tls.Sessions;

namespace Latchkey.Tls.Messages;

/// <summary>NewSessionTicket of TLS 1.2, RFC 5077 §3.3. Public because a key server that computes the server's Finished hashes the same message (F3, R4).</summary>
public static class NewSessionTicket12
{
    /// <summary>Encodes it. The lifetime hint is what was left of the session, in whole seconds, when the ticket was issued.</summary>
    /// <param name="facts">Of the ticket: of a renewed one, with its own time of issue.</param>
    /// <param name="ticket">At most 65,535 bytes; empty where none could be made after ServerHello had promised one.</param>
    public static HandshakeMessage Encode(SessionFacts facts, ReadOnlySpan<byte> ticket)
    {
        var writer = new MessageWriter(HandshakeType.NewSessionTicket, HandshakeMessage.HeaderSize + 6 + ticket.Length);
        Span<byte> hint = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(hint, (uint)Math.Max(0, (facts.Established + facts.Lifetime - facts.Issued).TotalSeconds));
        writer.WriteBytes(hint);
        writer.WriteVector16(ticket);
        return writer.ToMessage();
    }
}
