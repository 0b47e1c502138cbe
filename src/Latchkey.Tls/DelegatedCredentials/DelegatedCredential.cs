using System.Buffers.Binary;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Negotiation;

namespace Latchkey.Tls.DelegatedCredentials;

/// <summary>A delegated credential as it is sent (RFC 9345 §4): a public key, and the signature by which a certificate's key vouches for it for a time. Immutable.</summary>
public sealed class DelegatedCredential
{
    /// <summary>RFC 9345 §4.1.3: the longest that a client believes in one, without another agreement.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(7);

    /// <summary>valid_time, dc_cert_verify_algorithm, and the length of the public key.</summary>
    private const int HeaderSize = 4 + 2 + 3;

    private DelegatedCredential(ReadOnlyMemory<byte> encoded) => Encoded = encoded;

    /// <summary>The structure DelegatedCredential: the body of the extension.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The structure Credential: what of it is signed.</summary>
    public ReadOnlyMemory<byte> Signed { get; private init; }

    /// <summary>valid_time: until when it is valid, counted from the certificate's notBefore; whole seconds.</summary>
    public TimeSpan ValidTime { get; private init; }

    /// <summary>dc_cert_verify_algorithm: how its key signs CertificateVerify.</summary>
    public SignatureScheme Scheme { get; private init; }

    /// <summary>DER SubjectPublicKeyInfo of its key. Not looked into.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; private init; }

    /// <summary>How the certificate's key signed it.</summary>
    public SignatureScheme Algorithm { get; private init; }

    /// <summary>Of the certificate's key. Not verified.</summary>
    public ReadOnlyMemory<byte> Signature { get; private init; }

    /// <summary>Whether a key of this scheme may be delegated to here: RFC 9345 §4 forbids rsaEncryption, and of the keys that are left these are served.</summary>
    public static bool IsSuitable(SignatureScheme scheme) =>
        scheme is SignatureScheme.EcdsaSecp256r1Sha256 or SignatureScheme.EcdsaSecp384r1Sha384 or SignatureScheme.Ed25519;

    /// <summary>The structure Credential; the caller owns the array.</summary>
    /// <param name="validTime">Seconds from the certificate's notBefore.</param>
    /// <param name="scheme">dc_cert_verify_algorithm.</param>
    /// <param name="subjectPublicKeyInfo">DER, 1 to 2^24 − 1 bytes.</param>
    public static byte[] EncodeCredential(uint validTime, SignatureScheme scheme, ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        var encoded = new byte[HeaderSize + subjectPublicKeyInfo.Length];
        BinaryPrimitives.WriteUInt32BigEndian(encoded, validTime);
        BinaryPrimitives.WriteUInt16BigEndian(encoded.AsSpan(4), (ushort)scheme);
        encoded[6] = checked((byte)(subjectPublicKeyInfo.Length >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(encoded.AsSpan(7), (ushort)subjectPublicKeyInfo.Length);
        subjectPublicKeyInfo.CopyTo(encoded.AsSpan(HeaderSize));
        return encoded;
    }

    /// <summary>The structure DelegatedCredential; the caller owns the array.</summary>
    /// <param name="credential">From <see cref="EncodeCredential"/>.</param>
    /// <param name="algorithm">How it is signed.</param>
    /// <param name="signature">1 to 65,535 bytes.</param>
    public static byte[] Encode(ReadOnlySpan<byte> credential, SignatureScheme algorithm, ReadOnlySpan<byte> signature)
    {
        var encoded = new byte[credential.Length + 4 + signature.Length];
        credential.CopyTo(encoded);
        var rest = encoded.AsSpan(credential.Length);
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)algorithm);
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], checked((ushort)signature.Length));
        signature.CopyTo(rest[4..]);
        return encoded;
    }

    /// <summary>Reads what somebody else has made. null: it is none.</summary>
    public static DelegatedCredential? TryParse(ReadOnlyMemory<byte> encoded)
    {
        var reader = new MessageReader(encoded);
        if (!reader.TryReadUInt32(out var validTime) || !reader.TryReadUInt16(out var scheme) || !reader.TryReadVector24(out var publicKey) || publicKey.IsEmpty
            || !reader.TryReadUInt16(out var algorithm) || !reader.TryReadVector16(out var signature) || signature.IsEmpty || !reader.IsEmpty)
        {
            return null;
        }

        return new DelegatedCredential(encoded)
        {
            Signed = encoded[..(HeaderSize + publicKey.Length)],
            ValidTime = TimeSpan.FromSeconds(validTime),
            Scheme = (SignatureScheme)scheme,
            SubjectPublicKeyInfo = publicKey,
            Algorithm = (SignatureScheme)algorithm,
            Signature = signature,
        };
    }

    /// <summary>Whether the key of this certificate signed it.</summary>
    /// <param name="certificate">DER.</param>
    /// <param name="key">The certificate's.</param>
    public bool IsSignedBy(ReadOnlySpan<byte> certificate, PublicKey key) =>
        SignatureSchemeChoice.Suits(Algorithm, key.Algorithm, TlsVersion.Tls13) && key.Verify(Algorithm, DelegatedCredentialContent.Build(certificate, Signed.Span, Algorithm), Signature.Span);
}
