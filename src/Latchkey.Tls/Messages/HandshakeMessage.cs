using System.Buffers.Binary;

namespace Latchkey.Tls.Messages;

/// <summary>One whole handshake message. Owns its bytes (an array of its own), so it may outlive the record it came in.</summary>
public readonly struct HandshakeMessage
{
    /// <summary>Bytes of the header: type and 24-bit length.</summary>
    public const int HeaderSize = 4;

    /// <param name="encoded">Header and body; the length in the header is right.</param>
    public HandshakeMessage(ReadOnlyMemory<byte> encoded) => Encoded = encoded;

    /// <summary>Header and body: what the transcript hashes.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The type.</summary>
    public HandshakeType Type => (HandshakeType)Encoded.Span[0];

    /// <summary>Without the header.</summary>
    public ReadOnlyMemory<byte> Body => Encoded[HeaderSize..];

    /// <summary>This message, if it is of the type whose turn it is.</summary>
    /// <exception cref="Alerts.PeerMisbehavedException">unexpected_message: it is of another.</exception>
    public HandshakeMessage Expect(HandshakeType type) => Type == type
        ? this
        : throw new Alerts.PeerMisbehavedException(Alerts.AlertDescription.UnexpectedMessage, $"{Type} came where {type} was due.");

    /// <summary>Puts the header before a body (at most 2^24 − 1 bytes).</summary>
    public static HandshakeMessage Encode(HandshakeType type, ReadOnlySpan<byte> body)
    {
        var encoded = new byte[HeaderSize + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(encoded, body.Length);
        encoded[0] = (byte)type;
        body.CopyTo(encoded.AsSpan(HeaderSize));
        return new HandshakeMessage(encoded);
    }
}
