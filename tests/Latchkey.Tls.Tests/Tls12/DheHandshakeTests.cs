using System.Numerics;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tests.Messages;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>DHE with a scripted client, whose public values can be bad.</summary>
[Trait("Catalogue", "K2")]
public sealed class DheHandshakeTests
{
    private const NamedGroup Group = NamedGroup.Ffdhe2048;

    [Fact]
    public async Task Both_sides_reach_the_same_finished()
    {
        using var client = Client();
        var server = client.StartAsync();
        using var exchange = CryptoProvider.Default.CreateKeyExchange(Group);
        using var premaster = exchange.DeriveSharedSecret(ServerValue(client))!;
        client.SayKeyExchange(HelloBuilder.V16(exchange.PublicValue.ToArray()), premaster, extendedMasterSecret: true);
        client.SayFinished(client.VerifyDataOfClient());
        var info = await server;
        Assert.Equal(Group, info.Group);
        Assert.Equal(client.VerifyDataOfServer(), client.Channel.Body(HandshakeType.Finished).ToArray());
        // No curve is involved: ec_point_formats is not answered, nor encrypt_then_mac with an AEAD.
        Assert.Equal("0004" + "00170000", Convert.ToHexString(client.Channel.Body(HandshakeType.ServerHello).Span[38..]));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("p - 1")]
    [InlineData("p")]
    [InlineData("p + 1")]
    [InlineData("longer than p")]
    [Trait("Catalogue", "G5")]
    public async Task Values_of_small_order_or_out_of_range_are_an_illegal_parameter(string kind)
    {
        using var client = Client();
        var server = client.StartAsync();
        Say(client, Bad(kind));
        Assert.Equal(AlertDescription.IllegalParameter, (await Assert.ThrowsAsync<PeerMisbehavedException>(() => server)).Alert);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0 })]
    [InlineData(new byte[] { 0, 2, 4 })]
    [InlineData(new byte[] { 0, 1, 4, 4 })]
    public async Task A_client_key_exchange_of_another_shape_is_a_decode_error(byte[] body)
    {
        using var client = Client();
        var server = client.StartAsync();
        client.Channel.Say(HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, body));
        Assert.Equal(AlertDescription.DecodeError, (await Assert.ThrowsAsync<PeerMisbehavedException>(() => server)).Alert);
    }

    private static ScriptedClient Client()
    {
        var hello = new HelloBuilder { Suites = [0x009E], Extensions = HelloBuilder.Tls12((ExtensionType.ExtendedMasterSecret, []), (ExtensionType.EcPointFormats, [1, 0]), (ExtensionType.EncryptThenMac, [])).Extensions }
            .With(ExtensionType.SupportedGroups, HelloBuilder.V16(HelloBuilder.U16((ushort)Group)));
        return new ScriptedClient(Tls12Site.Site(Tls12Site.Rsa, TlsProfile.Compatible), hello);
    }

    private static ReadOnlySpan<byte> ServerValue(ScriptedClient client)
    {
        var body = client.Channel.Body(HandshakeType.ServerKeyExchange).Span;
        var size = FiniteFieldGroup.Prime(Group).Length;
        Assert.True(ServerDhParameters.TryParse(body[..(2 + size + 3 + 2 + size)], out var group, out var value));
        Assert.Equal(Group, group);
        return value;
    }

    private static void Say(ScriptedClient client, byte[] value) =>
        client.Channel.Say(HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, HelloBuilder.V16(value)));

    private static byte[] Bad(string kind)
    {
        var p = new BigInteger(FiniteFieldGroup.Prime(Group), isUnsigned: true, isBigEndian: true);
        return kind switch
        {
            "0" => new byte[256],
            "1" => [1],
            "p - 1" => Bytes(p - 1),
            "p" => Bytes(p),
            "p + 1" => Bytes(p + 1),
            _ => [0, .. Bytes(p - 2)],
        };

        static byte[] Bytes(BigInteger value) => value.ToByteArray(isUnsigned: true, isBigEndian: true);
    }
}
