using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Clients;

namespace Latchkey.Tls.Tests.Clients;

/// <summary>Whose certificates are accepted, and the alert for everybody else's.</summary>
[Trait("Catalogue", "G1")]
public sealed class TrustedAuthoritiesTests
{
    private static readonly TestAuthority Authority = TestAuthority.Create("Latchkey test clients");
    private static readonly TestCertificate Alice = Authority.IssueClient("alice");

    [Fact]
    public async Task What_the_authority_issued_is_accepted_also_beside_certificates_of_no_use()
    {
        Assert.Null(await JudgeAsync(Alice.Certificate));
        Assert.Null(await JudgeAsync(Alice.Certificate, Authority.IssueClient("bob").Certificate, Authority.Certificate, Alice.Certificate));
    }

    [Fact]
    public async Task An_intermediate_counts_whether_the_client_sends_it_or_the_site_has_it()
    {
        using var intermediate = Authority.CreateIntermediate();
        var bob = intermediate.IssueClient("bob");
        Assert.Null(await JudgeAsync([bob.Certificate, .. bob.Intermediates]));
        Assert.Equal(AlertDescription.UnknownCa, await JudgeAsync(bob.Certificate));
        Assert.Null(await JudgeAsync(new TrustedAuthorities(Collection(Authority.Certificate, bob.Intermediates[0])), bob.Certificate));
    }

    [Fact]
    public void A_root_is_needed() => Assert.Throws<ArgumentException>(() => new TrustedAuthorities(Collection(Alice.Certificate)));

    [Fact]
    public async Task A_client_that_issues_certificates_itself_is_not_believed()
    {
        // Signed by alice's key, whose certificate is no authority's.
        using var alice = Alice.WithPrivateKey();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=admin", key, HashAlgorithmName.SHA256);
        using var forged = request.Create(alice.SubjectName, X509SignatureGenerator.CreateForECDsa(alice.GetECDsaPrivateKey()!), DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3]);
        Assert.NotNull(await JudgeAsync(forged.RawData, Alice.Certificate));
    }

    [Fact]
    public async Task A_changed_certificate_is_bad_certificate()
    {
        var changed = (byte[])Alice.Certificate.Clone();
        changed[^1] ^= 1;
        Assert.Equal(AlertDescription.BadCertificate, await JudgeAsync(changed));
    }

    [Fact]
    public async Task A_chain_with_rubbish_in_it_is_bad_certificate() => Assert.Equal(AlertDescription.BadCertificate, await JudgeAsync(Alice.Certificate, [0x30, 0x00]));

    [Fact]
    public async Task A_short_RSA_key_and_a_SHA_1_signature_are_bad_certificate()
    {
        using var root = RSA.Create(2048);
        using var shortKey = RSA.Create(1024);
        using var key = RSA.Create(2048);
        var authority = new CertificateRequest("CN=rsa root", root, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issuer = authority.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var verifier = new TrustedAuthorities(Collection(issuer.RawData));
        var sound = X509SignatureGenerator.CreateForRSA(root, RSASignaturePadding.Pkcs1);
        Assert.Null(await JudgeAsync(verifier, Issue(key, sound)));
        Assert.Equal(AlertDescription.BadCertificate, await JudgeAsync(verifier, Issue(shortKey, sound)));
        Assert.Equal(AlertDescription.BadCertificate, await JudgeAsync(verifier, Issue(key, new Sha1Signatures(root))));

        byte[] Issue(RSA client, X509SignatureGenerator signing) => new CertificateRequest("CN=alice", client, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .Create(issuer.SubjectName, signing, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), [1, 2, 3]).RawData;
    }

    [Fact]
    public async Task A_list_past_its_time_refuses_all_of_its_issuer()
    {
        var lists = new RevocationLists([Authority.RevocationList(DateTimeOffset.UtcNow.AddMinutes(-1))], Collection(Authority.Certificate));
        Assert.Equal(AlertDescription.CertificateUnknown, await JudgeAsync(new TrustedAuthorities(Collection(Authority.Certificate), lists), Alice.Certificate));
    }

    [Fact]
    public async Task A_revoked_intermediate_takes_its_clients_with_it()
    {
        using var intermediate = Authority.CreateIntermediate();
        var bob = intermediate.IssueClient("bob");
        var lists = new RevocationLists([Authority.RevocationListOf(bob.Intermediates[0])], Collection(Authority.Certificate));
        Assert.Equal(AlertDescription.CertificateRevoked, await JudgeAsync(new TrustedAuthorities(Collection(Authority.Certificate), lists), bob.Certificate, bob.Intermediates[0]));
    }

    [Fact]
    public void Lists_that_are_forged_or_of_others_are_refused_when_they_are_read()
    {
        using var other = TestAuthority.Create("Latchkey test clients");
        using var stranger = TestAuthority.Create("somebody else");
        var authorities = Collection(Authority.Certificate);
        Assert.Contains("signature", Refused(other.RevocationList(Alice)), StringComparison.Ordinal);
        Assert.Contains("none of the authorities", Refused(stranger.RevocationList(Alice)), StringComparison.Ordinal);
        Assert.Contains("not a DER", Refused([0x30, 0x01, 0x00]), StringComparison.Ordinal);
        Assert.Contains("PEM block", Refused("rubbish"u8.ToArray()), StringComparison.Ordinal);

        string Refused(byte[] list) => Assert.Throws<CryptographicException>(() => new RevocationLists([list], authorities)).Message;
    }

    /// <summary>What the base library does not sign with any more: sha1WithRSAEncryption.</summary>
    private sealed class Sha1Signatures(RSA key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Convert.FromHexString("300d06092a864886f70d0101050500");

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignData(data, HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1);

        protected override PublicKey BuildPublicKey() => CreateForRSA(key, RSASignaturePadding.Pkcs1).PublicKey;
    }

    private static Task<AlertDescription?> JudgeAsync(params byte[][] chain) => JudgeAsync(new TrustedAuthorities(Collection(Authority.Certificate)), chain);

    private static async Task<AlertDescription?> JudgeAsync(TrustedAuthorities verifier, params byte[][] chain) =>
        (await verifier.VerifyAsync([.. chain.Select(der => (ReadOnlyMemory<byte>)der)], DateTimeOffset.UtcNow, TestContext.Current.CancellationToken)).Alert;

    private static X509Certificate2Collection Collection(params byte[][] certificates) => [.. certificates.Select(der => X509CertificateLoader.LoadCertificate(der))];
}
