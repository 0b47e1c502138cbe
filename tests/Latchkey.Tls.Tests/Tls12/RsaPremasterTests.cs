using System.Buffers;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tests.Driver;
using Latchkey.Tls.Tests.Messages;

namespace Latchkey.Tls.Tests.Tls12;

/// <summary>Attacks 7 and 8: whatever is wrong with a premaster secret, the client learns it at its Finished and by one alert only.</summary>
[Trait("Catalogue", "K4")]
public sealed class RsaPremasterTests
{
    public static TheoryData<string> Kinds => RsaPremaster.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_bad_premaster_is_answered_by_bad_record_mac_and_nothing_else(string kind)
    {
        var (failure, answer) = await ExchangeAsync(RsaPremaster.Ciphertext(kind));
        Assert.Equal(AlertDescription.BadRecordMac, failure.Alert);
        Assert.Equal(new byte[] { 21, 3, 3, 0, 2, 2, 20 }, answer);
    }

    /// <summary>The same Finished after a good premaster: also noise under the session's keys. Nothing tells the two apart.</summary>
    [Fact]
    public async Task A_good_premaster_with_a_bad_finished_record_looks_the_same()
    {
        var (failure, answer) = await ExchangeAsync(RsaPremaster.Encrypt(RsaPremaster.Good()));
        Assert.Equal(AlertDescription.BadRecordMac, failure.Alert);
        Assert.Equal(new byte[] { 21, 3, 3, 0, 2, 2, 20 }, answer);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_bad_premaster_takes_the_path_of_a_good_one(string kind)
    {
        var hello = new HelloBuilder { Suites = [0x009C], Extensions = HelloBuilder.Tls12((ExtensionType.ExtendedMasterSecret, [])).Extensions };
        using var client = new ScriptedClient(Tls12Site.Site(Tls12Site.Rsa, TlsProfile.Compatible), hello);
        var server = client.StartAsync();
        using var guess = SecretBytes.CopyOf(RsaPremaster.Good());
        client.SayKeyExchange(HelloBuilder.V16(RsaPremaster.Ciphertext(kind)), guess, extendedMasterSecret: true);
        client.SayFinished(client.VerifyDataOfClient());
        Assert.Equal(AlertDescription.DecryptError, (await Assert.ThrowsAsync<PeerMisbehavedException>(() => server)).Alert);
        Assert.Equal(["ServerHello", "Certificate", "ServerHelloDone", "flush", "read", "read ChangeCipherSpec", "read keys", "read"], client.Channel.Calls);
    }

    /// <summary>Over the real driver: hello, encrypted premaster, ChangeCipherSpec, a Finished of noise. Returns what came after the flight.</summary>
    private static async Task<(TlsException Failure, byte[] Answer)> ExchangeAsync(byte[] ciphertext)
    {
        var (client, server) = PipeTransport.Pair();
        var hello = new HelloBuilder { Suites = [0x009C], Extensions = HelloBuilder.Tls12().Extensions }.Build();
        client.Output.Write(Record(22, hello.Encoded.Span));
        client.Output.Write(Record(22, HandshakeMessage.Encode(HandshakeType.ClientKeyExchange, HelloBuilder.V16(ciphertext)).Encoded.Span));
        client.Output.Write(Record(20, [1]));
        client.Output.Write(Record(22, new byte[40]));
        await client.Output.FlushAsync();
        var options = Tls12Site.Options(Tls12Site.Site(Tls12Site.Rsa, TlsProfile.Compatible));
        var failure = await Assert.ThrowsAnyAsync<TlsException>(() => TlsServerConnection.AcceptAsync(server, options, TlsEndPoints.None, CancellationToken.None).AsTask());
        await server.Output.CompleteAsync();
        var bytes = (await client.Input.ReadAtLeastAsync(int.MaxValue / 2)).Buffer.ToArray();
        return (failure, AfterFlight(bytes));
    }

    private static byte[] Record(byte type, ReadOnlySpan<byte> content) => [type, 3, 3, .. HelloBuilder.V16(content.ToArray())];

    private static byte[] AfterFlight(byte[] bytes)
    {
        var position = 0;
        while (position < bytes.Length && bytes[position] == 22)
            position += 5 + ((bytes[position + 3] << 8) | bytes[position + 4]);
        return bytes[position..];
    }
}
