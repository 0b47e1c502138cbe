using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Crypto;
using Latchkey.KeyServer.Audit;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Tls.DelegatedCredentials;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>Operation 54: delegated credentials (RFC 9345), which the key server issues to edges whose rule says so, for as long as it says.</summary>
[Trait("Catalogue", "X6")]
public sealed class DelegatedCredentialOperationTests : IDisposable
{
    private const uint Hour = 3600;
    private const uint Day = 24 * Hour;

    private static readonly TestAuthority Sites = TestAuthority.Create("Latchkey test sites");

    private readonly ECDsa _pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _pair.Dispose();

    [Theory]
    [InlineData(TestKey.EcdsaP256, SignatureScheme.EcdsaSecp256r1Sha256)]
    [InlineData(TestKey.EcdsaP384, SignatureScheme.EcdsaSecp384r1Sha384)]
    [InlineData(TestKey.Rsa2048, SignatureScheme.RsaPssRsaeSha256)]
    [InlineData(TestKey.Ed25519, SignatureScheme.Ed25519)]
    public async Task A_credential_is_what_was_asked_for_and_the_certificates_key_vouches_for_it(TestKey kind, SignatureScheme algorithm)
    {
        await using var server = Server();
        var site = Add(server, Sites.IssueDelegating(kind, "site.test"));
        await using var edge = await ConnectAsync(server);
        var before = DateTimeOffset.UtcNow;

        var reply = await edge.AskAsync(Issue(site, algorithm, 2 * Hour));

        var credential = DelegatedCredential.TryParse(reply.Payload)!;
        Assert.Equal(KeylessError.None, reply.Error);
        Assert.True(credential.IsSignedBy(site.Certificate, Key(site)));
        Assert.Equal(_pair.ExportSubjectPublicKeyInfo(), credential.SubjectPublicKeyInfo.ToArray());
        Assert.Equal((SignatureScheme.EcdsaSecp256r1Sha256, algorithm), (credential.Scheme, credential.Algorithm));
        var end = DelegationCertificate.TryRead(site.Certificate)!.NotBefore + credential.ValidTime;
        Assert.InRange(end, before.AddHours(2).AddSeconds(-1), DateTimeOffset.UtcNow.AddHours(2));
    }

    [Fact]
    public async Task Without_a_word_in_the_rule_there_is_no_such_key()
    {
        await using var server = Server(new KeyRule());
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test"));
        await using var edge = await ConnectAsync(server);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Issue(site))).Error);
        Assert.Contains("delegated-credential is not among its operations", server.Log.Lines.Select(line => line.Text).Last(text => text.Contains("denied by", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, KeylessError.Malformed)]
    [InlineData(2 * Hour, KeylessError.None)]
    [InlineData((2 * Hour) + 1, KeylessError.KeyNotFound)]
    [InlineData(8 * Day, KeylessError.KeyNotFound)]
    [InlineData(uint.MaxValue, KeylessError.KeyNotFound)]
    public async Task None_lives_longer_than_the_rule_allows(uint seconds, KeylessError expected)
    {
        await using var server = Server(Rule(lifetime: TimeSpan.FromHours(2)));
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test"));
        await using var edge = await ConnectAsync(server);
        Assert.Equal(expected, (await edge.AskAsync(Issue(site, seconds: seconds))).Error);
    }

    [Fact]
    public async Task Nor_longer_than_seven_days_whatever_the_rule_says()
    {
        await using var server = Server(Rule(lifetime: TimeSpan.FromDays(30)));
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test"));
        await using var edge = await ConnectAsync(server);
        Assert.Equal(KeylessError.None, (await edge.AskAsync(Issue(site, seconds: 7 * Day))).Error);
        Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(Issue(site, seconds: (7 * Day) + 1))).Error);
    }

    [Fact]
    public async Task Nor_longer_than_the_certificate()
    {
        await using var server = Server();
        var now = DateTimeOffset.UtcNow;
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, TestAuthority.DelegationUsage(), (now.AddHours(-3), now.AddHours(1)), "site.test"));
        await using var edge = await ConnectAsync(server);
        var credential = DelegatedCredential.TryParse((await edge.AskAsync(Issue(site, seconds: 2 * Hour))).Payload)!;
        Assert.Equal(TimeSpan.FromHours(4), credential.ValidTime);
    }

    [Theory]
    [InlineData(-20, -1)]
    [InlineData(1, 100)]
    public async Task A_certificate_whose_time_is_not_now_gets_none(int fromHours, int toHours)
    {
        await using var server = Server();
        var now = DateTimeOffset.UtcNow;
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, TestAuthority.DelegationUsage(), (now.AddHours(fromHours), now.AddHours(toHours)), "site.test"));
        await using var edge = await ConnectAsync(server);
        Assert.Equal(KeylessError.NotAllowed, (await edge.AskAsync(Issue(site))).Error);
    }

    [Fact]
    public async Task A_certificate_that_may_not_delegate_or_is_of_another_key_gets_none()
    {
        await using var server = Server(Rule(names: ["*"]));
        var plain = Add(server, Sites.IssueServer(TestKey.EcdsaP256, "plain.test"));
        var critical = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, TestAuthority.DelegationUsage(critical: true), null, "critical.test"));
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test"));
        await using var edge = await ConnectAsync(server);
        Assert.Equal(KeylessError.NotAllowed, (await edge.AskAsync(Issue(plain))).Error);
        Assert.Equal(KeylessError.NotAllowed, (await edge.AskAsync(Issue(critical))).Error);
        Assert.Equal(KeylessError.NotAllowed, (await edge.AskAsync(Issue(plain, certificate: site.Certificate))).Error);
        Assert.Equal(KeylessError.NotAllowed, (await edge.AskAsync(Issue(site, certificate: "no certificate"u8.ToArray()))).Error);
    }

    /// <summary>The signed content has no length in front of the certificate: what an edge appends to it would be read as the beginning of a credential that lives for as long as the edge likes.</summary>
    [Fact]
    [Trait("Attack", "4")]
    public async Task What_follows_a_certificate_does_not_become_part_of_the_credential()
    {
        await using var server = Server(Rule(lifetime: TimeSpan.FromMinutes(1), names: ["*"]));
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test"));
        await using var edge = await ConnectAsync(server);
        var genuine = DelegatedCredential.EncodeCredential(0, SignatureScheme.EcdsaSecp256r1Sha256, _pair.ExportSubjectPublicKeyInfo());
        // valid_time, dc_cert_verify_algorithm, and a "key" that ends with the credential that the key server makes.
        var beginning = DelegatedCredential.EncodeCredential(7 * Day, SignatureScheme.EcdsaSecp256r1Sha256, genuine)[..^genuine.Length];

        var reply = await edge.AskAsync(Issue(site, seconds: 60, certificate: [.. site.Certificate, .. beginning]));

        var forged = reply.Error == KeylessError.None ? DelegatedCredential.TryParse(beginning.Concat(reply.Payload).ToArray()) : null;
        Assert.False(forged?.IsSignedBy(site.Certificate, Key(site)) == true, $"the certificate's key vouches for a credential of {forged?.ValidTime}");
        Assert.Equal(KeylessError.NotAllowed, reply.Error);
    }

    [Fact]
    public async Task Keys_that_are_not_delegated_to_get_none()
    {
        await using var server = Server();
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test"));
        await using var edge = await ConnectAsync(server);
        using var rsa = RSA.Create(2048);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var p256 = _pair.ExportSubjectPublicKeyInfo();
        foreach (var (scheme, key) in new[]
        {
            (SignatureScheme.RsaPssRsaeSha256, rsa.ExportSubjectPublicKeyInfo()), // RFC 9345 §4: no rsaEncryption
            (SignatureScheme.EcdsaSecp256r1Sha256, rsa.ExportSubjectPublicKeyInfo()),
            (SignatureScheme.EcdsaSecp256r1Sha256, p384.ExportSubjectPublicKeyInfo()),
            (SignatureScheme.EcdsaSecp384r1Sha384, p256),
            (SignatureScheme.EcdsaSecp256r1Sha256, p256[..^1]),
            (SignatureScheme.EcdsaSecp256r1Sha256, [.. p256[..^1], (byte)(p256[^1] ^ 1)]), // off the curve
        })
        {
            Assert.Equal(KeylessError.Malformed, (await edge.AskAsync(Issue(site, scheme: scheme, publicKey: key))).Error);
        }

        Assert.Equal(KeylessError.None, (await edge.AskAsync(Issue(site, scheme: SignatureScheme.EcdsaSecp384r1Sha384, publicKey: p384.ExportSubjectPublicKeyInfo()))).Error);
        Assert.Equal(KeylessError.CryptographicFailure, (await edge.AskAsync(Issue(site, SignatureScheme.RsaPssRsaeSha256))).Error);
    }

    [Fact]
    [Trait("Attack", "3")]
    public async Task Who_may_act_for_one_name_gets_no_credential_of_a_certificate_with_more()
    {
        await using var server = Server(Rule(names: ["site.test", "*.site.test"]));
        var own = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test", "www.site.test", "*.site.test"));
        var more = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test", "bank.test"));
        var wider = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "*.test"));
        var address = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test", "192.0.2.1"));
        await using var edge = await ConnectAsync(server);
        Assert.Equal(KeylessError.None, (await edge.AskAsync(Issue(own))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Issue(more))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Issue(wider))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Issue(address))).Error);
        Assert.Contains("not all names of the certificate (site.test, bank.test) are among its names", string.Concat(server.Log.Lines.Select(line => line.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rules_schemes_rate_and_edges_hold_for_credentials_too()
    {
        await using var server = Server(new KeyRule
        {
            Operations = KeyOperations.DelegatedCredential,
            Edges = ["edge-1"],
            Schemes = [SignatureScheme.RsaPssRsaeSha384],
            Rate = new UseRate(1, 1),
        });
        var site = Add(server, Sites.IssueDelegating(TestKey.Rsa2048, "site.test"));
        await using var edge = await ConnectAsync(server);
        await using var other = await server.ConnectAsync("edge-2");
        await other.NegotiateAsync();
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Issue(site, SignatureScheme.RsaPssRsaeSha256))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await other.AskAsync(Issue(site, SignatureScheme.RsaPssRsaeSha384))).Error);
        Assert.Equal(KeylessError.None, (await edge.AskAsync(Issue(site, SignatureScheme.RsaPssRsaeSha384))).Error);
        Assert.Equal(KeylessError.RateLimited, (await edge.AskAsync(Issue(site, SignatureScheme.RsaPssRsaeSha384))).Error);
    }

    [Fact]
    public async Task Each_one_is_in_the_audit_log_by_the_digest_of_what_was_signed()
    {
        await using var server = new TestKeyServer { Rules = [Rule()], Audit = folder => new AuditOptions { Folder = folder } };
        var site = Add(server, Sites.IssueDelegating(TestKey.EcdsaP256, "site.test"));
        byte[] encoded;
        await using (var edge = await ConnectAsync(server))
            encoded = (await edge.AskAsync(Issue(site))).Payload;
        await server.Server.DisposeAsync();

        var credential = DelegatedCredential.TryParse(encoded)!;
        var content = DelegatedCredentialContent.Build(site.Certificate, credential.Signed.Span, credential.Algorithm);
        var record = Assert.Single(AuditEntry.Read(server.AuditFolder), entry => entry["operation"] == "issue_delegated_credential");
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(content)), record.Text, StringComparison.Ordinal);
        Assert.Equal("edge-1", record["edge"]);
    }

    private static TestKeyServer Server(KeyRule? rule = null) => new() { Rules = [rule ?? Rule()] };

    private static KeyRule Rule(TimeSpan? lifetime = null, string[]? names = null) => new()
    {
        Operations = KeyOperations.Standard | KeyOperations.DelegatedCredential,
        Names = names is null ? null : new NamePatterns(names),
        DelegatedCredentialLifetime = lifetime ?? TimeSpan.FromHours(12),
    };

    private static TestCertificate Add(TestKeyServer server, TestCertificate site)
    {
        site.Write(server.Keys, Guid.NewGuid().ToString("N"));
        return site;
    }

    private static async Task<TestEdge> ConnectAsync(TestKeyServer server)
    {
        await server.StartAsync();
        var edge = await server.ConnectAsync("edge-1");
        await edge.NegotiateAsync();
        return edge;
    }

    private static Crypto.PublicKey Key(TestCertificate site) => CryptoProvider.Default.ImportPublicKey(TlsCertificate.SubjectPublicKeyInfoOf(site.Certificate).Span);

    private RequestItems Issue(
        TestCertificate site, SignatureScheme algorithm = SignatureScheme.EcdsaSecp256r1Sha256, uint seconds = Hour,
        SignatureScheme scheme = SignatureScheme.EcdsaSecp256r1Sha256, byte[]? publicKey = null, byte[]? certificate = null)
    {
        var fields = new FieldWriter(1024);
        new IssueDelegatedCredentialRequest
        {
            Seconds = seconds,
            Algorithm = (ushort)algorithm,
            Scheme = (ushort)scheme,
            PublicKey = publicKey ?? _pair.ExportSubjectPublicKeyInfo(),
            Certificate = certificate ?? site.Certificate,
        }.Write(ref fields);
        return TestRequests.Raw(Opcode.IssueDelegatedCredential, site.Ski(), fields.Written.ToArray());
    }
}
