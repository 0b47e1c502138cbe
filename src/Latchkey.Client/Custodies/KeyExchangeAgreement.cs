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
    /// <summary>Encodes them; the caller disposes the result.</summary>
    /// <param name="state">Of the offer; null: RSA key exchange.</param>
    /// <param name="clientValue">The client's public value, or the encrypted premaster.</param>
    /// <param name="transcript">Before the client's Finished; not sent at the level of the premaster secret.</param>
    /// <param name="session">A session to be made; null: none.</param>
    /// <exception cref="PeerIncompatibleException">handshake_failure: the client's messages do not fit into a message of the link.</exception>
    /// <exception cref="PeerMisbehavedException">illegal_parameter: its public value is longer than those of any group.</exception>
    /// <exception cref="KeyHolderFailedException">The site's certificate chain does not fit.</exception>
    public static SecretBytes Encode(HandshakeFacts facts, FreshServerRandom random, KeyExchangeLevel level, SecretBytes? state, ReadOnlyMemory<byte> clientValue, Transcript transcript, SessionOffer? session)
    {
        var messages = level == KeyExchangeLevel.Premaster ? [] : Join(transcript, facts.Certificate);
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
                ClientValue = (state is null ? clientValue.AsCiphertext() : Valid(clientValue)).Span,
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

    private static ReadOnlyMemory<byte> Valid(ReadOnlyMemory<byte> publicValue) => publicValue.Length <= DeriveRsaMasterSecretItems.MaxEncryptedPremasterLength
        ? publicValue
        : throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's public value has {publicValue.Length} bytes.");

    private static byte[] Join(Transcript transcript, TlsCertificate certificate)
    {
        QuestionSize.Require(transcript.Messages.Sum(message => message.Length), certificate.Chain.Sum(one => one.Length));
        return JoinedMessages.Of(transcript.Messages);
    }
}
