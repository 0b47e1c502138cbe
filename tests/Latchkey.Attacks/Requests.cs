using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>What attackers ask key servers for.</summary>
internal static class Requests
{
    public static byte[] Ski(this TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        return SHA1.HashData(certificate.PublicKey.EncodedKeyValue.RawData);
    }

    public static byte[] PublicKey(this TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        return certificate.PublicKey.ExportSubjectPublicKeyInfo();
    }

    public static RSA Rsa(this TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        return System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPublicKey(certificate)!;
    }

    /// <summary>Whether a signature over a message convinces whoever knows the site's certificate.</summary>
    public static bool Verifies(this TestCertificate site, SignatureScheme scheme, byte[] message, byte[] signature)
    {
        using var key = CryptoProvider.Default.ImportPublicKey(site.PublicKey());
        return key.Verify(scheme, message, signature);
    }

    public static Request Raw(Opcode opcode, TestCertificate site, byte[] payload) => (ref items) =>
    {
        items.Opcode = opcode;
        items.SubjectKeyIdentifier = site.Ski();
        items.Payload = payload;
    };

    public static Request CertificateVerify(TestCertificate site, ushort scheme, byte[] transcriptHash) => (ref items) =>
    {
        items.SubjectKeyIdentifier = site.Ski();
        new SignCertificateVerifyItems { Scheme = scheme, Context = 0, TranscriptHash = transcriptHash }.AddTo(ref items);
    };

    public static Request ServerKeyExchange(TestCertificate site, ushort scheme, byte[] clientRandom, byte[] nonce, byte[] parameters) => (ref items) =>
    {
        items.SubjectKeyIdentifier = site.Ski();
        new SignServerKeyExchangeItems { Scheme = scheme, ClientRandom = clientRandom, ServerNonce = nonce, Sentinel = 0, Parameters = parameters }.AddTo(ref items);
    };

    public static Request MasterSecret(TestCertificate site, byte[] encrypted, byte[] clientRandom, byte[] nonce) => (ref items) =>
    {
        items.SubjectKeyIdentifier = site.Ski();
        new DeriveRsaMasterSecretItems
        {
            EncryptedPremaster = encrypted,
            ClientVersion = 0x0303,
            ClientRandom = clientRandom,
            ServerNonce = nonce,
            Sentinel = 0,
            PrfHash = 4,
        }.AddTo(ref items);
    };

    public static Request OpenTicket(TestCertificate key, string site, byte[] ticket)
    {
        var fields = new FieldWriter(16);
        new OpenTicketRequest { Site = Encoding.UTF8.GetBytes(site), Ticket = ticket }.Write(ref fields);
        return Raw(Opcode.OpenTicket, key, fields.Written.ToArray());
    }

    public static Request TicketKeys(TestCertificate key, string site)
    {
        var fields = new FieldWriter(16);
        new TicketKeysRequest { Site = Encoding.UTF8.GetBytes(site) }.Write(ref fields);
        return Raw(Opcode.TicketKeys, key, fields.Written.ToArray());
    }
}
