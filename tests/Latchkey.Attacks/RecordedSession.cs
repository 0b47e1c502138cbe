using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Custodies;

namespace Latchkey.Attacks;

/// <summary>A TLS 1.2 session with RSA key exchange, as seen on the wire, and what its ends know.</summary>
internal sealed class RecordedSession
{
    private readonly byte[] _clientRandom = RandomNumberGenerator.GetBytes(32);

    public RecordedSession(TestCertificate site, TimeProvider? time = null)
    {
        Site = site;
        var random = FreshServerRandom.Create(DowngradeSentinel.None, time ?? TimeProvider.System);
        Nonce = random.Nonce.ToArray();
        ServerRandom = random.Value.ToArray();
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        using var certificate = site.WithoutPrivateKey();
        using var key = System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPublicKey(certificate)!;
        EncryptedPremaster = key.Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
        MasterSecret = DeriveFrom(premaster);
    }

    public TestCertificate Site { get; }

    public byte[] Nonce { get; }

    public byte[] ServerRandom { get; }

    public byte[] EncryptedPremaster { get; }

    public byte[] MasterSecret { get; }

    public Request Question(byte[] nonce) => Requests.MasterSecret(Site, EncryptedPremaster, _clientRandom, nonce);

    public byte[] DeriveFrom(byte[] premaster)
    {
        using var secret = SecretBytes.CopyOf(premaster);
        using var master = Tls.Tls12.MasterSecret.Derive(CryptoProvider.Default, DigestAlgorithm.Sha256, secret, _clientRandom, ServerRandom, sessionHash: null);
        return master.Span.ToArray();
    }
}
