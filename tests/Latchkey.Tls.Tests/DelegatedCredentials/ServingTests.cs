using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tests.Tls13;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.DelegatedCredentials;

[Trait("Catalogue", "X6")]
public sealed class ServingTests
{
    private static readonly TestCertificate Certificate = TestSite.Authority.IssueDelegating(TestKey.EcdsaP256, "example.test");
    private static readonly byte[] OffersP256 = [0, 4, 0x2A, 0x2A, 4, 3];

    [Fact]
    public async Task A_client_that_offers_the_extension_is_served_the_credential_and_nobody_is_asked_for_the_certificates_key()
    {
        var delegation = Delegation();
        await using var talk = Talk(delegation, OffersP256, new UnaskedKey());
        var connection = await talk.HandshakeAsync();
        Assert.Equal(delegation.Encoded, connection.Info.DelegatedCredential!.Encoded.ToArray());
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, connection.Info.SignatureScheme);
        Assert.Equal(delegation.Encoded, CredentialIn(talk.Client.Authentication[0]));
        var verify = CertificateVerify.Parse(talk.Client.Authentication[1]);
        Assert.True(delegation.Key.Verify(verify.Scheme, CertificateVerifyContent.ForServer(talk.Client.HashThroughCertificate), verify.Signature.Span));
    }

    [Fact]
    public async Task No_key_operation_is_observed()
    {
        var observer = new RecordingObserver();
        await using var talk = new Conversation(TestSite.Options(new UnaskedKey(), certificate: Certificate, delegated: [Delegation()], observer: observer));
        Offer(talk, OffersP256);
        await talk.HandshakeAsync();
        Assert.Equal(["< ClientHello", "> ServerHello", "> EncryptedExtensions", "> Certificate", "> CertificateVerify", "> Finished", "< Finished", "done"], observer.Steps);
    }

    [Fact]
    public async Task A_client_that_does_not_offer_it_is_served_by_the_certificates_key() => await IsServedByCertificateAsync(Delegation(), offered: null);

    [Fact]
    public async Task A_client_that_cannot_verify_the_credentials_key_is_served_by_the_certificates() => await IsServedByCertificateAsync(Delegation(), offered: [0, 2, 5, 3]);

    [Fact]
    public async Task A_client_that_cannot_verify_the_credentials_signature_is_served_by_the_certificates_key()
    {
        // It offers ecdsa_secp256r1_sha256 for the certificate and for credentials; this one is signed by a scheme that it does not know.
        var rsa = TestSite.Authority.IssueDelegating(TestKey.Rsa2048, "example.test");
        await using var talk = new Conversation(TestSite.Options(certificate: rsa, delegated: [new TestDelegation(rsa, SignatureScheme.RsaPssRsaeSha384)]));
        Offer(talk, OffersP256);
        var connection = await talk.HandshakeAsync();
        Assert.Null(connection.Info.DelegatedCredential);
        Assert.Equal(SignatureScheme.RsaPssRsaeSha256, connection.Info.SignatureScheme);
    }

    [Fact]
    public async Task Where_there_is_none_at_the_moment_the_certificates_key_signs()
    {
        var delegation = Delegation();
        delegation.IsServed = false;
        await IsServedByCertificateAsync(delegation, OffersP256);
    }

    [Fact]
    public async Task A_credential_of_another_certificate_is_not_served() =>
        await IsServedByCertificateAsync(new TestDelegation(TestSite.Authority.IssueDelegating(TestKey.EcdsaP256, "example.test"), SignatureScheme.EcdsaSecp256r1Sha256), OffersP256);

    [Fact]
    public async Task After_a_HelloRetryRequest_it_is_served_as_well()
    {
        await using var talk = Talk(Delegation(), OffersP256, new UnaskedKey());
        var hello = talk.Client.MakeHello();
        await talk.Client.SendHelloAsync((talk.Client.Hello with { Shares = [] }).Encode());
        talk.Client.Hello = talk.Client.Hello with { Shares = [] };
        await talk.Client.SendSecondHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
        Assert.NotNull((await talk.Accepting).Info.DelegatedCredential);
        Assert.Equal(HandshakeType.ClientHello, hello.Type);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0, 0 })]
    [InlineData(new byte[] { 0, 1, 4 })]
    [InlineData(new byte[] { 0, 2, 4, 3, 0 })]
    public async Task A_malformed_offer_is_a_decode_error(byte[] offered)
    {
        await using var talk = Talk(Delegation(), offered, new UnaskedKey());
        await talk.Client.SendHelloAsync();
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.DecodeError);
    }

    [Fact]
    public void A_credential_is_not_served_with_another_key()
    {
        var one = Delegation();
        Assert.Throws<ArgumentException>(() => new ServedCredential(one.Current!.Credential, Delegation().Key, CryptoProvider.Default.ImportPrivateKey(Certificate.PrivateKey)));
    }

    private static TestDelegation Delegation() => new(Certificate, SignatureScheme.EcdsaSecp256r1Sha256);

    private static async Task IsServedByCertificateAsync(TestDelegation delegation, byte[]? offered)
    {
        await using var talk = Talk(delegation, offered, key: null);
        var connection = await talk.HandshakeAsync();
        Assert.Null(connection.Info.DelegatedCredential);
        Assert.Equal([], CredentialIn(talk.Client.Authentication[0]));
        var verify = CertificateVerify.Parse(talk.Client.Authentication[1]);
        Assert.True(connection.Info.Certificate!.PublicKey.Verify(verify.Scheme, CertificateVerifyContent.ForServer(talk.Client.HashThroughCertificate), verify.Signature.Span));
    }

    private static Conversation Talk(TestDelegation delegation, byte[]? offered, IHandshakeKey? key)
    {
        var talk = new Conversation(TestSite.Options(key, certificate: Certificate, delegated: [delegation]));
        Offer(talk, offered);
        return talk;
    }

    private static void Offer(Conversation talk, byte[]? offered)
    {
        if (offered is not null)
            talk.Client.Hello = talk.Client.Hello with { MoreExtensions = [((ushort)ExtensionType.DelegatedCredential, offered)] };
    }

    /// <summary>What the first entry's one extension holds; empty: it has none.</summary>
    private static byte[] CredentialIn(HandshakeMessage certificates)
    {
        var reader = new MessageReader(certificates.Body);
        reader.TryReadVector8(out _);
        reader.TryReadVector24(out var list);
        var entries = new MessageReader(list);
        entries.TryReadVector24(out _);
        Assert.True(entries.TryReadVector16(out var extensions));
        if (extensions.IsEmpty)
            return [];
        var inside = new MessageReader(extensions);
        inside.TryReadUInt16(out var type);
        Assert.True(inside.TryReadVector16(out var body));
        Assert.True(inside.IsEmpty);
        Assert.Equal(ExtensionType.DelegatedCredential, (ExtensionType)type);
        return body.ToArray();
    }

    private sealed class UnaskedKey : IHandshakeKey
    {
        public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) => throw new InvalidOperationException();

        public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) => throw new InvalidOperationException();

        public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
