using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Requests as edges send them.</summary>
internal static class TestRequests
{
    public static byte[] Ski(this TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        return SHA1.HashData(certificate.PublicKey.EncodedKeyValue.RawData);
    }

    public static byte[] Fingerprint(this TestCertificate site) => SHA256.HashData(site.Certificate);

    public static RSA Rsa(this TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        return certificate.GetRSAPublicKey()!;
    }

    public static ECDsa Ecdsa(this TestCertificate site)
    {
        using var certificate = site.WithoutPrivateKey();
        return certificate.GetECDsaPublicKey()!;
    }

    public static RequestItems Raw(Opcode opcode, byte[] ski, byte[] payload) => (ref items) =>
    {
        items.Opcode = opcode;
        items.SubjectKeyIdentifier = ski;
        items.Payload = payload;
    };

    public static RequestItems CertificateVerify(byte[] ski, ushort scheme, byte[] transcriptHash) => (ref items) =>
    {
        items.SubjectKeyIdentifier = ski;
        new SignCertificateVerifyItems { Scheme = scheme, Context = 0, TranscriptHash = transcriptHash }.AddTo(ref items);
    };

    public static RequestItems ServerKeyExchange(byte[] ski, ushort scheme, byte[] clientRandom, byte[] nonce, byte sentinel, byte[] parameters) => (ref items) =>
    {
        items.SubjectKeyIdentifier = ski;
        new SignServerKeyExchangeItems
        {
            Scheme = scheme,
            ClientRandom = clientRandom,
            ServerNonce = nonce,
            Sentinel = sentinel,
            Parameters = parameters,
        }.AddTo(ref items);
    };

    public static RequestItems MasterSecret(byte[] ski, byte[] encrypted, byte[] clientRandom, byte[] nonce, byte prfHash, byte[] sessionHash) => (ref items) =>
    {
        items.SubjectKeyIdentifier = ski;
        new DeriveRsaMasterSecretItems
        {
            EncryptedPremaster = encrypted,
            ClientVersion = 0x0303,
            ClientRandom = clientRandom,
            ServerNonce = nonce,
            Sentinel = 0,
            PrfHash = prfHash,
        }.AddTo(ref items);
        items.SessionHash = sessionHash;
    };

    public static RequestItems SealTicket(TestCertificate key, string site, byte[] state)
    {
        var fields = new FieldWriter(16);
        new SealTicketRequest { Site = Encoding.UTF8.GetBytes(site), State = state }.Write(ref fields);
        return Raw(Opcode.SealTicket, key.Ski(), fields.Written.ToArray());
    }

    public static RequestItems OpenTicket(TestCertificate key, string site, byte[] ticket)
    {
        var fields = new FieldWriter(16);
        new OpenTicketRequest { Site = Encoding.UTF8.GetBytes(site), Ticket = ticket }.Write(ref fields);
        return Raw(Opcode.OpenTicket, key.Ski(), fields.Written.ToArray());
    }

    public static RequestItems TicketKeys(TestCertificate key, string site)
    {
        var fields = new FieldWriter(16);
        new TicketKeysRequest { Site = Encoding.UTF8.GetBytes(site) }.Write(ref fields);
        return Raw(Opcode.TicketKeys, key.Ski(), fields.Written.ToArray());
    }
}
