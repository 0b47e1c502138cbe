using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Sessions;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>The arguments of operation 45, for every custody that asks it.</summary>
internal static class KeyExchangeAgreement
{
    /// <summary>A message holds 65,535 bytes; what stands beside the handshake messages takes less than the rest of it.</summary>
    private const int MaxMessages = 48 * 1024;

    /// <summary>Encodes them; the caller disposes the result.</summary>
    /// <param name="state">Of the offer; null: RSA key exchange.</param>
    /// <param name="clientValue">The client's public value, or the encrypted premaster.</param>
    /// <param name="transcript">Before the client's Finished; not sent at the level of the premaster secret.</param>
    /// <param name="session">A session to be made; null: none.</param>
    /// <exception cref="KeyHolderFailedException">The handshake messages do not fit into a message of the link.</exception>
    public static SecretBytes Encode(HandshakeFacts facts, FreshServerRandom random, KeyExchangeLevel level, SecretBytes? state, ReadOnlyMemory<byte> clientValue, Transcript transcript, SessionOffer? session)
    {
        var messages = level == KeyExchangeLevel.Premaster ? [] : Join(transcript);
        var description = session is null ? null : SessionDescription.Encode(session.Facts)
            ?? throw new KeyHolderFailedException("The session does not fit into a message for the key server.");
        var fields = new FieldWriter(1024 + messages.Length);
        try
        {
            new AgreeKeyExchangeRequest
            {
                Level = level,
                Suite = (ushort)facts.CipherSuite,
                ClientRandom = facts.ClientHello.Random.Span,
                ServerNonce = random.Nonce.Span,
                Sentinel = (byte)random.Sentinel,
                State = state is null ? default : state.Span,
                ClientValue = clientValue.Span,
                Messages = messages,
                Session = description,
                SessionIdentifier = session is null ? default : session.SessionIdentifier.Span,
            }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    private static byte[] Join(Transcript transcript)
    {
        var size = transcript.Messages.Sum(message => message.Length);
        if (size > MaxMessages)
            throw new KeyHolderFailedException($"The handshake messages have {size} bytes, and a key server takes {MaxMessages} (long certificate chains?).");
        var joined = new byte[size];
        var at = 0;
        foreach (var message in transcript.Messages)
        {
            message.Span.CopyTo(joined.AsSpan(at));
            at += message.Length;
        }
        return joined;
    }
}
