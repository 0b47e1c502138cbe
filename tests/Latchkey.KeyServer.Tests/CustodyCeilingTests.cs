using Latchkey.Crypto;
using Latchkey.KeyServer.Policy;
using Latchkey.Testing;
using Latchkey.Tls;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>A rule's <c>custody</c> is the owner's word on what an edge may hold, whatever the edge's own configuration says.</summary>
public sealed class CustodyCeilingTests
{
    private const CipherSuite Suite = CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;

    [Theory]
    [InlineData(KeyCustody.Handshake, "")]
    [InlineData(KeyCustody.SessionKeys, "offer agree-3")]
    [InlineData(KeyCustody.MasterSecret, "offer agree-3 agree-2 seal")]
    [InlineData(KeyCustody.Exchange, "offer agree-3 agree-2 seal agree-1 private-value")]
    [InlineData(KeyCustody.Signature, "offer agree-3 agree-2 seal agree-1 private-value sign-tls12 sign-tls13")]
    [InlineData(KeyCustody.Premaster, "offer agree-3 agree-2 seal agree-1 private-value sign-tls12 sign-tls13 raw")]
    public async Task What_gives_the_edge_more_is_an_unknown_key(KeyCustody custody, string allowed)
    {
        await using var server = new TestKeyServer { Rules = [new KeyRule { Custody = custody, Operations = KeyOperations.Standard | KeyOperations.Raw }] };
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        var exchange = new Tls12Exchange(site.Ski(), Suite);
        var ski = site.Ski();
        var questions = new (string Name, RequestItems Request)[]
        {
            ("offer", exchange.Offer(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256)),
            ("agree-3", Agree(ski, KeyExchangeLevel.SessionKeys)),
            ("agree-2", Agree(ski, KeyExchangeLevel.MasterSecret)),
            ("seal", TestRequests.Raw(Opcode.SealTicket, ski, [1])),
            ("agree-1", Agree(ski, KeyExchangeLevel.Premaster)),
            ("private-value", exchange.Offer(NamedGroup.X25519, SignatureScheme.EcdsaSecp256r1Sha256, handsOver: true)),
            ("sign-tls12", TestRequests.ServerKeyExchange(ski, (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32], new byte[32], 0, [3, 0, 0x1D, 32, .. new byte[32]])),
            ("sign-tls13", TestRequests.CertificateVerify(ski, (ushort)SignatureScheme.EcdsaSecp256r1Sha256, new byte[32])),
            ("raw", TestRequests.Raw(Opcode.EcdsaSignSha256, ski, new byte[32])),
        };

        var served = new List<string>();
        foreach (var (name, request) in questions)
        {
            // Past policy, some of these are malformed or open nothing.
            if ((await edge.AskAsync(request)).Error != KeylessError.KeyNotFound)
                served.Add(name);
        }

        Assert.Equal(allowed, string.Join(' ', served));
    }

    private static RequestItems Agree(byte[] ski, KeyExchangeLevel level) => (ref items) =>
    {
        var fields = new FieldWriter(256);
        new AgreeKeyExchangeRequest
        {
            Level = level,
            Suite = (ushort)Suite,
            ClientRandom = new byte[32],
            ServerNonce = new byte[32],
            Sentinel = 0,
            State = new byte[100],
            ClientValue = new byte[32],
            Messages = level == KeyExchangeLevel.Premaster ? [] : [1, 0, 0, 0],
            Session = [],
            SessionIdentifier = [],
        }.Write(ref fields);
        items.Opcode = Opcode.AgreeKeyExchange;
        items.SubjectKeyIdentifier = ski;
        items.Payload = fields.Written.ToArray();
    };
}
