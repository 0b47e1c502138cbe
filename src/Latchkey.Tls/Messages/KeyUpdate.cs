using Latchkey.Tls.Alerts;

namespace Latchkey.Tls.Messages;

/// <summary>KeyUpdate (RFC 8446 §4.6.3).</summary>
internal static class KeyUpdate
{
    public static HandshakeMessage Encode(bool requestUpdate) => HandshakeMessage.Encode(HandshakeType.KeyUpdate, [requestUpdate ? (byte)1 : (byte)0]);

    /// <returns>Whether the peer wants us to update as well.</returns>
    /// <exception cref="PeerMisbehavedException">unexpected_message, decode_error or illegal_parameter.</exception>
    public static bool Parse(HandshakeMessage message)
    {
        var body = message.Expect(HandshakeType.KeyUpdate).Body.Span;
        if (body.Length != 1)
            throw ClientHelloParser.Malformed("KeyUpdate");
        return body[0] switch
        {
            0 => false,
            1 => true,
            // "If an implementation receives any other value, it MUST terminate the connection with an illegal_parameter alert."
            _ => throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"KeyUpdate requests {body[0]}."),
        };
    }
}
