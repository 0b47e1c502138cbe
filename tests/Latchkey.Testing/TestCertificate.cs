using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Testing;

/// <summary>A certificate issued for a test, with its private key and the intermediates above it.</summary>
public sealed class TestCertificate
{
    internal TestCertificate(TestKey key, byte[] certificate, IReadOnlyList<byte[]> intermediates, byte[] privateKey)
    {
        Key = key;
        Certificate = certificate;
        Intermediates = intermediates;
        PrivateKey = privateKey;
    }

    public TestKey Key { get; }

    /// <summary>DER.</summary>
    public byte[] Certificate { get; }

    /// <summary>DER, the issuer of the leaf first, without the root.</summary>
    public IReadOnlyList<byte[]> Intermediates { get; }

    /// <summary>PKCS#8 DER, not encrypted.</summary>
    public byte[] PrivateKey { get; }

    /// <summary>The leaf and its intermediates, as a server's certificate file.</summary>
    public string ChainPem => string.Concat(new[] { Certificate }.Concat(Intermediates).Select(Pem.Certificate));

    public string PrivateKeyPem => Pem.PrivateKey(PrivateKey);

    /// <summary>The leaf with its private key, as <c>SslStream</c> wants it. Not for <see cref="TestKey.Ed25519"/>, which .NET cannot load.</summary>
    public X509Certificate2 WithPrivateKey()
    {
        using var certificate = X509Certificate2.CreateFromPem(ChainPem, PrivateKeyPem);
        // SChannel and SslStream's own store want a key that came with a PKCS#12, not an ephemeral one.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    public X509Certificate2 WithoutPrivateKey() => X509CertificateLoader.LoadCertificate(Certificate);

    /// <summary>Writes <c>name.pem</c> (the chain) into <paramref name="folder"/>; returns its path.</summary>
    public string WriteCertificate(string folder, string name) => Pem.Write(folder, name + ".pem", ChainPem);

    /// <summary>Writes <c>name.key</c> (PKCS#8) into <paramref name="folder"/>; returns its path.</summary>
    public string WriteKey(string folder, string name) => Pem.Write(folder, name + ".key", PrivateKeyPem);

    /// <summary>Writes <c>name.pem</c> and <c>name.key</c>.</summary>
    public void Write(string folder, string name)
    {
        WriteCertificate(folder, name);
        WriteKey(folder, name);
    }
}
