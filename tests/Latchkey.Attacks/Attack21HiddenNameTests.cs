using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.Tests;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 21: the policy is shown one name and the handshake is for another, as with Encrypted Client Hello, whose outer hello is not the one that counts, or with what an edge says
/// beside the hello.
/// </summary>
[Trait("Attack", "21")]
public sealed class Attack21HiddenNameTests
{
    private const SignatureScheme Scheme = SignatureScheme.EcdsaSecp256r1Sha256;
    private const ushort EncryptedClientHello = 0xFE0D;

    private static KeyRules OnlyFor(string name, KeyCustody custody = KeyCustody.FetchedKey) => new() { Rules = [new KeyRule { Names = new NamePatterns([name]), Custody = custody }] };

    [Fact]
    public async Task In_a_relayed_handshake_the_name_is_the_hellos_whatever_the_edge_says()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", OnlyFor("site.test"));
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync();

        var lie = await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site, RelayRequests.ClientHello("other.test")), "site.test"));
        var truth = await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site), "other.test"));

        Assert.Equal(KeylessError.KeyNotFound, lie.Error);
        Assert.Equal(Opcode.Response, truth.Opcode);
    }

    /// <summary>The inner hello is the edge's claim alone until it enters the transcript, and what enters here is the outer one (RFC 9849 §6.1.6: the server may decline).</summary>
    [Theory]
    [InlineData("public.test", "site.test", false)]
    [InlineData("site.test", "public.test", true)]
    public async Task Of_an_encrypted_hello_the_outer_name_counts_because_the_outer_hello_enters_the_transcript(string outer, string claimedInner, bool allowed)
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", OnlyFor("site.test"));
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync();
        var hello = WithEncryptedHello(RelayRequests.ClientHello(outer));
        using var flight = new TestFlight(site, Scheme) { ServerName = outer, NameItem = outer, ChangeTranscript = WithEncryptedHello };

        var relayed = await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site, hello), claimedInner));
        var answered = await edge.AskAsync(flight.Request());
        flight.NameItem = claimedInner;
        var lied = await edge.AskAsync(flight.Request());

        Assert.Equal(allowed ? KeylessError.None : KeylessError.KeyNotFound, relayed.Error);
        Assert.Equal(allowed ? KeylessError.None : KeylessError.KeyNotFound, answered.Error);
        Assert.NotEqual(Opcode.Response, lied.Opcode);
    }

    [Fact]
    public async Task A_tls12_exchange_whose_hello_has_another_name_is_not_agreed()
    {
        await using var server = new AttackedKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test", OnlyFor("site.test"));
        await server.StartAsync();
        await using var edge = await server.ConnectTestEdgeAsync();
        byte[] clientValue = [9, .. new byte[31]];

        foreach (var (name, error) in (IEnumerable<(string, KeylessError)>)[("other.test", KeylessError.Malformed), ("site.test", KeylessError.None)])
        {
            var exchange = new Tls12Exchange(site.Ski(), CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256) { ServerName = name, NameForPolicy = "site.test" };
            Assert.True(OfferKeyExchangeReply.TryRead((await edge.AskAsync(exchange.Offer(NamedGroup.X25519, Scheme))).Payload, out var offered));
            Assert.Equal(error, (await edge.AskAsync(exchange.Agree(KeyExchangeLevel.SessionKeys, offered.State.ToArray(), clientValue))).Error);
        }
    }

    /// <summary>The contrast: of custody <c>signature</c> the key server sees a hash, and the name is the edge's word. Who wants more allows less.</summary>
    [Fact]
    public async Task With_signatures_of_hashes_the_name_is_the_edges_word_unless_the_rule_asks_for_another_custody()
    {
        await using var server = new AttackedKeyServer();
        var trusting = server.AddKey(TestKey.EcdsaP256, "site.test", OnlyFor("site.test"));
        var strict = server.AddKey(TestKey.EcdsaP256, "strict.test", OnlyFor("strict.test", KeyCustody.Exchange));
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        using var hidden = new TestFlight(trusting, Scheme) { ServerName = "other.test" };
        var hash = SHA256.HashData(hidden.ThroughCertificate(hidden.Share));

        Assert.Equal(Opcode.Response, (await edge.AskAsync(Named(trusting, "site.test", hash))).Opcode);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Named(trusting, "other.test", hash))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(Named(strict, "strict.test", hash))).Error);
    }

    private static Request Named(TestCertificate site, string name, byte[] hash) => (ref items) =>
    {
        Requests.CertificateVerify(site, (ushort)Scheme, hash)(ref items);
        items.ServerName = System.Text.Encoding.ASCII.GetBytes(name);
    };

    /// <summary>The hello with ECHClientHello of type outer (RFC 9849 §5): suite, configuration, an X25519 value and a sealed hello, all as random as they look.</summary>
    private static byte[] WithEncryptedHello(byte[] hello)
    {
        byte[] body = [0, 0, 1, 0, 1, 7, 0, 32, .. RandomNumber(32), 0, 144, .. RandomNumber(144)];
        byte[] extension = [EncryptedClientHello >> 8, EncryptedClientHello & 0xFF, .. RelayRequests.V16(body)];
        // Through the session identifier, the suites and the compression methods.
        var at = 38 + 1 + hello[38];
        at += 2 + BinaryPrimitives.ReadUInt16BigEndian(hello.AsSpan(at));
        at += 1 + hello[at];
        byte[] extensions = [.. extension, .. hello[(at + 2)..]];
        return RelayRequests.Message(1, [.. hello[4..at], .. RelayRequests.V16(extensions)]);
    }

    private static byte[] RandomNumber(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i * 7))];
}
