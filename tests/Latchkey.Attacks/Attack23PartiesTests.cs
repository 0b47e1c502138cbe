using System.Security.Cryptography;
using Latchkey.Client.OnDemand;
using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 23: who delegates to whom is confused. The grant of a key (S6) is bound to the connection it was asked on and to its two ends in their order; here it is passed on, played back, and
/// turned round.
/// </summary>
[Trait("Attack", "23")]
[Trait("Catalogue", "S6")]
public sealed class Attack23PartiesTests
{
    private const uint Seconds = 60;

    [Fact]
    public async Task A_grant_opens_for_the_edge_that_asked_on_its_connection()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddFetchableKey(TestKey.EcdsaP256, "a.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        using var pair = Pair();

        var grant = await edge.AskAsync(Ask(site, pair));

        using var key = Open(edge.Link, site, pair, grant.Payload);
        Assert.NotNull(key);
        Assert.Equal(site.PrivateKey, key.Span.ToArray());
    }

    // The attacker is an edge of the key server, and to the victim it is a key server: it passes the victim's question on, and the answer back.
    [Fact]
    public async Task A_grant_made_for_one_edge_does_not_open_at_another_whose_value_it_was_asked_with()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddFetchableKey(TestKey.EcdsaP256, "a.test");
        await server.StartAsync();
        await using var attacker = await server.ConnectAsync("edge-m");
        await using var victim = await server.ConnectAsync("edge-a");
        using var victimsPair = Pair();

        var grant = await attacker.AskAsync(Ask(site, victimsPair));

        Assert.Equal(Opcode.Response, grant.Opcode);
        Assert.Null(Open(victim.Link, site, victimsPair, grant.Payload));
        // Nor has the attacker anything of it without the victim's private value.
        using var ownPair = Pair();
        Assert.Null(Open(attacker.Link, site, ownPair, grant.Payload));
    }

    [Fact]
    public async Task A_grant_does_not_open_on_another_connection_of_the_same_edge()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddFetchableKey(TestKey.EcdsaP256, "a.test");
        await server.StartAsync();
        await using var first = await server.ConnectAsync("edge-a");
        await using var second = await server.ConnectAsync("edge-a");
        using var pair = Pair();

        var grant = await first.AskAsync(Ask(site, pair));

        Assert.Null(Open(second.Link, site, pair, grant.Payload));
    }

    [Fact]
    public async Task A_grant_of_one_key_or_time_is_none_of_another()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddFetchableKey(TestKey.EcdsaP256, "a.test");
        var other = server.AddFetchableKey(TestKey.EcdsaP256, "b.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        using var pair = Pair();

        var grant = await edge.AskAsync(Ask(site, pair));

        Assert.Null(Open(edge.Link, other, pair, grant.Payload));
        var longer = grant.Payload.ToArray();
        longer[2]++;
        Assert.Null(Open(edge.Link, site, pair, longer));
    }

    // An edge may be a key server to its own edges with the same certificate: what it was sent must not pass for what it sends.
    [Fact]
    public void A_grant_does_not_open_with_the_parties_in_the_other_order()
    {
        var (one, two, connection) = (RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        using var secret = SecretBytes.Random(32);
        using var key = SecretBytes.Random(100);
        var sealedOne = KeyGrant.Seal(CryptoProvider.Default, secret, Terms(LinkBinding.Of(connection, one, two).Span), key);

        Assert.Null(KeyGrant.TryOpen(CryptoProvider.Default, secret, Terms(LinkBinding.Of(connection, two, one).Span), sealedOne));
        using var opened = KeyGrant.TryOpen(CryptoProvider.Default, secret, Terms(LinkBinding.Of(connection, one, two).Span), sealedOne);
        Assert.NotNull(opened);
    }

    // The key server lies, or its owner mixed up two files.
    [Theory]
    [InlineData(TestKey.EcdsaP256)]
    [InlineData(TestKey.EcdsaP384)]
    [InlineData(TestKey.Ed25519)]
    [InlineData(TestKey.Rsa2048)]
    public void A_key_of_the_right_kind_that_is_not_the_certificates_is_not_taken_for_it(TestKey kind)
    {
        using var authority = TestAuthority.Create();
        using var publicKey = PublicKeyOf(authority.IssueServer(kind, "a.test"), out var itsOwn);
        using var own = SecretBytes.CopyOf(itsOwn);
        using var anothers = SecretBytes.CopyOf(authority.IssueServer(kind, "a.test").PrivateKey);

        using var taken = FetchedKeys.Read(CryptoProvider.Default, own, publicKey);
        Assert.NotNull(taken);
        Assert.Null(FetchedKeys.Read(CryptoProvider.Default, anothers, publicKey));
    }

    private static PublicKey PublicKeyOf(TestCertificate certificate, out byte[] privateKey)
    {
        privateKey = certificate.PrivateKey;
        using var parsed = certificate.WithoutPrivateKey();
        return CryptoProvider.Default.ImportPublicKey(parsed.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task A_key_that_may_not_be_fetched_is_answered_like_one_that_does_not_exist()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "a.test");
        var foreign = server.AddFetchableKey(TestKey.EcdsaP256, "b.test", "edge-b");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync("edge-a");
        using var pair = Pair();

        var missing = await edge.AskAsync((ref items) =>
        {
            Ask(site, pair)(ref items);
            items.SubjectKeyIdentifier = RandomNumberGenerator.GetBytes(20);
        });
        Assert.Equal(KeylessError.KeyNotFound, missing.Error);
        Assert.Equal(missing.Body, (await edge.AskAsync(Ask(site, pair))).Body);
        Assert.Equal(missing.Body, (await edge.AskAsync(Ask(foreign, pair))).Body);
    }

    private static KeyExchange Pair() => CryptoProvider.Default.CreateKeyExchange(NamedGroup.X25519);

    private static Request Ask(TestCertificate site, KeyExchange pair) => (ref items) =>
    {
        var arguments = new FieldWriter(256);
        new FetchKeyRequest { Seconds = Seconds, Group = (ushort)pair.Group, PublicValue = pair.PublicValue.Span }.Write(ref arguments);
        items.Opcode = Opcode.FetchKey;
        items.SubjectKeyIdentifier = site.Ski();
        items.Payload = arguments.Written.ToArray();
    };

    private static SecretBytes? Open(ReadOnlyMemory<byte> link, TestCertificate site, KeyExchange pair, byte[] payload)
    {
        Assert.True(FetchKeyReply.TryRead(payload, out var reply));
        using var shared = pair.DeriveSharedSecret(reply.PublicValue)!;
        var terms = new KeyGrantTerms { Link = link.Span, Key = site.Ski(), Seconds = reply.Seconds, KeyServerValue = reply.PublicValue, EdgeValue = pair.PublicValue.Span };
        return KeyGrant.TryOpen(CryptoProvider.Default, shared, terms, reply.Box);
    }

    private static KeyGrantTerms Terms(ReadOnlySpan<byte> link) => new() { Link = link, Key = default, Seconds = Seconds, KeyServerValue = default, EdgeValue = default };
}
