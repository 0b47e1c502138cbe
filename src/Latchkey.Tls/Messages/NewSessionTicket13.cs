using Latchkey.Tls.Custodies;

namespace Latchkey.Tls.Messages;

/// <summary>NewSessionTicket of TLS 1.3 (RFC 8446 §4.6.1).</summary>
internal static class NewSessionTicket13
{
    public static HandshakeMessage Encode(Tls13Ticket ticket)
    {
        var writer = new MessageWriter(HandshakeType.NewSessionTicket, 32 + ticket.Ticket.Length);
        writer.WriteUInt32((uint)ticket.Lifetime.TotalSeconds);
        writer.WriteUInt32(ticket.AgeAdd);
        writer.WriteVector8(ticket.Nonce.Span);
        writer.WriteVector16(ticket.Ticket.Span);
        var extensions = writer.BeginVector(2);
        if (ticket.MaxEarlyData > 0)
        {
            writer.WriteUInt16((ushort)ExtensionType.EarlyData);
            var body = writer.BeginVector(2);
            writer.WriteUInt32((uint)ticket.MaxEarlyData);
            writer.EndVector(body, 2);
        }

        writer.EndVector(extensions, 2);
        return writer.ToMessage();
    }
}
