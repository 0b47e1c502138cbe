using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>Where a custody above the Handshake Secret cuts the ladder of TLS 1.3: what it asks a key server for, and the way from there.</summary>
internal abstract class Tls13Cut
{
    /// <summary>What is asked for.</summary>
    public abstract Tls13Level Level { get; }

    /// <summary>The Handshake Secret, which the caller owns. null: the secret is not what was asked for.</summary>
    /// <exception cref="PeerMisbehavedException">illegal_parameter: the client's share is invalid.</exception>
    public abstract SecretBytes? HandshakeSecret(ReadOnlySpan<byte> secret, Tls13Question question, HandshakeFacts facts);

    /// <summary>The shared secret comes (K3).</summary>
    internal sealed class AtSharedSecret : Tls13Cut
    {
        public override Tls13Level Level => Tls13Level.SharedSecret;

        public override SecretBytes? HandshakeSecret(ReadOnlySpan<byte> secret, Tls13Question question, HandshakeFacts facts)
        {
            using var sharedSecret = SecretBytes.CopyOf(secret);
            using var early = EarlySecrets.WithoutPreSharedKey(facts.Crypto, facts.CipherSuite.Digest());
            return early.HandshakeSecret(sharedSecret);
        }
    }

    /// <summary>The private value comes (K3a); of a hybrid, which has none that would mean anything alone, the shared secret.</summary>
    internal sealed class AtPrivateValue : Tls13Cut
    {
        private readonly AtSharedSecret _next = new();

        public override Tls13Level Level => Tls13Level.PrivateValue;

        public override SecretBytes? HandshakeSecret(ReadOnlySpan<byte> secret, Tls13Question question, HandshakeFacts facts)
        {
            if (question.Group == NamedGroup.X25519MlKem768)
                return _next.HandshakeSecret(secret, question, facts);
            using var exchange = Import(secret, question.Group, facts.Crypto);
            if (exchange is null)
                return null;
            using var sharedSecret = exchange.DeriveSharedSecret(question.ClientShare.Span)
                ?? throw new PeerMisbehavedException(AlertDescription.IllegalParameter, $"The client's {question.Group} share is not valid.");
            return _next.HandshakeSecret(sharedSecret.Span, question, facts);
        }

        private static KeyExchange? Import(ReadOnlySpan<byte> privateValue, NamedGroup group, CryptoProvider crypto)
        {
            try
            {
                return crypto.ImportKeyExchange(group, privateValue);
            }
            catch (System.Security.Cryptography.CryptographicException)
            {
                return null;
            }
        }
    }

    /// <summary>The Handshake Secret itself comes (K3b).</summary>
    internal sealed class AtHandshakeSecret : Tls13Cut
    {
        public override Tls13Level Level => Tls13Level.HandshakeSecret;

        public override SecretBytes? HandshakeSecret(ReadOnlySpan<byte> secret, Tls13Question question, HandshakeFacts facts) =>
            secret.Length == facts.CipherSuite.Digest().SizeInBytes() ? SecretBytes.CopyOf(secret) : null;
    }
}
