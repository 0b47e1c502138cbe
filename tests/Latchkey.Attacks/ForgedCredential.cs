using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.DelegatedCredentials;

namespace Latchkey.Attacks;

/// <summary>A delegated credential as an edge would serve it that means ill, with a key of its own.</summary>
internal sealed class ForgedCredential : DelegatedCredentialSource
{
    private const SignatureScheme Scheme = SignatureScheme.EcdsaSecp256r1Sha256;

    private readonly byte[] _fingerprint;

    /// <param name="site">The certificate presented.</param>
    /// <param name="other">Another one, of the same authority.</param>
    /// <param name="what">What is wrong with it.</param>
    public ForgedCredential(TestCertificate site, TestCertificate other, string what)
    {
        _fingerprint = SHA256.HashData(site.Certificate);
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = CryptoProvider.Default.ImportPrivateKey(pair.ExportPkcs8PrivateKey());
        var begin = DelegationCertificate.TryRead(site.Certificate)!.NotBefore;
        var lifetime = what switch { "expired" => TimeSpan.FromSeconds(-60), "over-long" => TimeSpan.FromDays(8), _ => TimeSpan.FromHours(1) };
        var credential = DelegatedCredential.EncodeCredential((uint)(DateTimeOffset.UtcNow + lifetime - begin).TotalSeconds, Scheme, pair.ExportSubjectPublicKeyInfo());
        var content = DelegatedCredentialContent.Build(what == "of another certificate" ? other.Certificate : site.Certificate, credential, Scheme);
        using var signer = what == "signed by itself" ? null : CryptoProvider.Default.ImportPrivateKey((what == "of another certificate" ? other : site).PrivateKey);
        var encoded = DelegatedCredential.Encode(credential, Scheme, (signer ?? key).Sign(Scheme, content));
        if (what == "tampered")
            encoded[3] ^= 1; // a second more or less
        Current = new ServedCredential(DelegatedCredential.TryParse(encoded)!, CryptoProvider.Default.ImportPublicKey(pair.ExportSubjectPublicKeyInfo()), key);
    }

    public override ReadOnlyMemory<byte> Certificate => _fingerprint;

    public override ServedCredential Current { get; }
}
