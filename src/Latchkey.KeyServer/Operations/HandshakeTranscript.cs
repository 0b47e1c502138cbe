using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Messages;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Handshake messages as an edge sent them, each with its header, one behind the other. The key server hashes them itself: a hash of the edge's making would
/// prove nothing about what it covers.
/// </summary>
internal static class HandshakeTranscript
{
    /// <summary>Splits the bytes into messages. False: a length that does not fit.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> bytes, out List<HandshakeMessage> messages)
    {
        messages = [];
        while (bytes.Length >= HandshakeMessage.HeaderSize)
        {
            var length = HandshakeMessage.HeaderSize + (bytes[1] << 16 | bytes[2] << 8 | bytes[3]);
            if (length > bytes.Length)
                return false;
            messages.Add(new HandshakeMessage(bytes[..length].ToArray()));
            bytes = bytes[length..];
        }
        return bytes.IsEmpty;
    }

    /// <summary>Hashes them; the caller disposes the transcript.</summary>
    public static Transcript Of(CryptoProvider crypto, DigestAlgorithm digest, IEnumerable<HandshakeMessage> messages)
    {
        var transcript = new Transcript(crypto, digest);
        foreach (var message in messages)
            transcript.Append(message);
        return transcript;
    }
}
