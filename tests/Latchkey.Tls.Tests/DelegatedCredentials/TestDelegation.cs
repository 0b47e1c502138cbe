using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.DelegatedCredentials;

namespace Latchkey.Tls.Tests.DelegatedCredentials;

/// <summary>A delegated credential that the certificate's own key, which a test has, signs on the spot.</summary>
internal sealed class TestDelegation : DelegatedCredentialSource
{
    private readonly byte[] _fingerprint;

    public TestDelegation(TestCertificate certificate, SignatureScheme algorithm, uint validTime = 172_800)
    {
        _fingerprint = SHA256.HashData(certificate.Certificate);
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var crypto = CryptoProvider.Default;
        Key = crypto.ImportPublicKey(pair.ExportSubjectPublicKeyInfo());
        Encoded = Issue(certificate, algorithm, validTime, pair.ExportSubjectPublicKeyInfo());
        Current = new ServedCredential(DelegatedCredential.TryParse(Encoded)!, Key, crypto.ImportPrivateKey(pair.ExportPkcs8PrivateKey()));
    }

    public PublicKey Key { get; }

    public byte[] Encoded { get; }

    public override ReadOnlyMemory<byte> Certificate => _fingerprint;

    public override ServedCredential? Current => IsServed ? field : null;

    public bool IsServed { get; set; } = true;

    public static byte[] Issue(TestCertificate certificate, SignatureScheme algorithm, uint validTime, byte[] publicKey)
    {
        using var key = CryptoProvider.Default.ImportPrivateKey(certificate.PrivateKey);
        var credential = DelegatedCredential.EncodeCredential(validTime, SignatureScheme.EcdsaSecp256r1Sha256, publicKey);
        return DelegatedCredential.Encode(credential, algorithm, key.Sign(algorithm, DelegatedCredentialContent.Build(certificate.Certificate, credential, algorithm)));
    }
}
