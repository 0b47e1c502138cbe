using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Clients;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Clients;

/// <summary>What a client that breaks the rules is told, before and after it has proven anything.</summary>
[Trait("Catalogue", "G1")]
public sealed class PresentedCertificateTests
{
    private static readonly byte[] Signed = "all of the handshake so far"u8.ToArray();

    private static readonly TestCertificate Alice = ClientSite.Authority.IssueClient("alice");

    [Fact]
    public async Task A_right_signature_over_what_was_said_is_accepted() => await VerifyAsync(Alice, SignatureScheme.EcdsaSecp256r1Sha256, Signed, TlsVersion.Tls13);

    [Theory]
    [InlineData(TlsVersion.Tls12)]
    [InlineData(TlsVersion.Tls13)]
    public async Task A_signature_over_anything_else_is_decrypt_error(TlsVersion version)
    {
        var fault = await Assert.ThrowsAsync<PeerMisbehavedException>(() => VerifyAsync(Alice, SignatureScheme.EcdsaSecp256r1Sha256, [1, .. Signed], version));
        Assert.Equal(AlertDescription.DecryptError, fault.Alert);
    }

    // RFC 8446 §4.2.3: TLS 1.3 has no PKCS#1 v1.5 in handshakes, and binds curve to digest; TLS 1.2 allows both.
    [Theory]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPkcs1Sha256)]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp384r1Sha384)]
    public async Task What_only_TLS_1_2_allows_is_illegal_in_TLS_1_3(TestKey key, SignatureScheme scheme)
    {
        var client = ClientSite.Authority.IssueClient("alice", key);
        await VerifyAsync(client, scheme, Signed, TlsVersion.Tls12);
        var fault = await Assert.ThrowsAsync<PeerMisbehavedException>(() => VerifyAsync(client, scheme, Signed, TlsVersion.Tls13));
        Assert.Equal(AlertDescription.IllegalParameter, fault.Alert);
    }

    [Fact]
    public async Task A_scheme_that_was_not_asked_for_is_illegal()
    {
        var asked = Asked([SignatureScheme.Ed25519]);
        var fault = await Assert.ThrowsAsync<PeerMisbehavedException>(() => VerifyAsync(Alice, SignatureScheme.EcdsaSecp256r1Sha256, Signed, TlsVersion.Tls12, asked));
        Assert.Equal(AlertDescription.IllegalParameter, fault.Alert);
    }

    [Fact]
    public void Schemes_with_SHA_1_cannot_be_asked_for() =>
        Assert.Throws<ArgumentException>(() => Asked([SignatureScheme.EcdsaSecp256r1Sha256, SignatureScheme.RsaPkcs1Sha1]));

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("3003020101")]
    public void A_certificate_that_is_none_is_bad_certificate(string der)
    {
        var fault = Assert.Throws<PeerMisbehavedException>(() => Of([Convert.FromHexString(der)]));
        Assert.Equal(AlertDescription.BadCertificate, fault.Alert);
    }

    [Fact]
    public void A_chain_that_goes_on_and_on_is_bad_certificate()
    {
        var fault = Assert.Throws<PeerMisbehavedException>(() => Of([.. Enumerable.Repeat<ReadOnlyMemory<byte>>(Alice.Certificate, 17)]));
        Assert.Equal(AlertDescription.BadCertificate, fault.Alert);
    }

    [Fact]
    public void A_kind_of_key_that_is_not_served_is_unsupported_certificate()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP521);
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=alice", key, System.Security.Cryptography.HashAlgorithmName.SHA512).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var fault = Assert.Throws<PeerIncompatibleException>(() => Of([certificate.RawData]));
        Assert.Equal(AlertDescription.UnsupportedCertificate, fault.Alert);
    }

    [Theory]
    [InlineData("01aa000000", AlertDescription.IllegalParameter)] // a context
    [InlineData("00000006000001aa0000", null)]
    [InlineData("0000000a000001aa000400050000", AlertDescription.UnsupportedExtension)]
    [InlineData("00000005000000" + "0000", AlertDescription.DecodeError)] // an empty certificate
    [InlineData("00000006000002aa0000", AlertDescription.DecodeError)]
    [InlineData("0000000000", AlertDescription.DecodeError)] // a byte too many
    [InlineData("", AlertDescription.DecodeError)]
    public void A_Certificate_of_TLS_1_3_is_read_strictly(string body, AlertDescription? alert) => AssertParses(body, alert, message => CertificateMessage.Parse13(message));

    [Theory]
    [InlineData("000000", null)]
    [InlineData("000004000001aa", null)]
    [InlineData("000003000000", AlertDescription.DecodeError)]
    [InlineData("000004000002aa", AlertDescription.DecodeError)]
    [InlineData("00000000", AlertDescription.DecodeError)]
    [InlineData("0000", AlertDescription.DecodeError)]
    public void A_Certificate_of_TLS_1_2_is_read_strictly(string body, AlertDescription? alert) => AssertParses(body, alert, message => CertificateMessage.Parse12(message));

    private static void AssertParses(string body, AlertDescription? alert, Action<HandshakeMessage> parse)
    {
        var message = HandshakeMessage.Encode(HandshakeType.Certificate, Convert.FromHexString(body));
        if (alert is null)
            parse(message);
        else
            Assert.Equal(alert, Assert.Throws<PeerMisbehavedException>(() => parse(message)).Alert);
    }

    private static async Task VerifyAsync(TestCertificate client, SignatureScheme scheme, byte[] signed, TlsVersion version, ClientCertificates? asked = null)
    {
        using var key = CryptoProvider.Default.ImportPrivateKey(client.PrivateKey);
        using var presented = Of([client.Certificate], asked, version)!;
        await presented.VerifyAsync(new CertificateVerify(scheme, key.Sign(scheme, signed)), Signed, version, DateTimeOffset.UtcNow, TestContext.Current.CancellationToken);
    }

    private static PresentedCertificate? Of(IReadOnlyList<ReadOnlyMemory<byte>> chain, ClientCertificates? asked = null, TlsVersion version = TlsVersion.Tls13) =>
        PresentedCertificate.Of(chain, asked ?? Asked(ClientCertificates.DefaultSchemes), version, CryptoProvider.Default);

    private static ClientCertificates Asked(IReadOnlyList<SignatureScheme> schemes) =>
        new() { Mode = ClientCertificateMode.Require, Verifier = new TrustedAuthorities(ClientSite.Authorities()), Schemes = schemes };
}
