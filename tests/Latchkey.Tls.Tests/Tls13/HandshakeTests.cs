using System.Buffers;
using System.Text;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Tests.Driver;

namespace Latchkey.Tls.Tests.Tls13;

public sealed class HandshakeTests
{
    [Fact]
    public async Task What_was_agreed_is_reported_and_the_observer_saw_every_step()
    {
        var observer = new RecordingObserver();
        await using var talk = new Conversation(TestSite.Options(protocols: ["h2", "http/1.1"], observer: observer));
        talk.Client.Hello = talk.Client.Hello with { Protocols = ["http/1.1", "h2"] };
        var connection = await talk.HandshakeAsync();
        Assert.Equal(TlsVersion.Tls13, connection.Info.Version);
        Assert.Equal(NamedGroup.X25519, connection.Info.Group);
        Assert.Equal(SignatureScheme.EcdsaSecp256r1Sha256, connection.Info.SignatureScheme);
        Assert.Equal("h2", connection.Info.ApplicationProtocol);
        Assert.Equal("example.test", connection.Info.ServerName);
        Assert.Equal(
            ["< ClientHello", "sign CertificateVerify", "> ServerHello", "> EncryptedExtensions", "> Certificate", "> CertificateVerify", "> Finished", "< Finished", "done"],
            observer.Steps);
    }

    [Fact]
    public async Task The_servers_flight_is_one_flush_of_few_records()
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        // ServerHello, ChangeCipherSpec, and one record with all that is encrypted.
        Assert.Equal([ContentType.Handshake, ContentType.ChangeCipherSpec, ContentType.ApplicationData], talk.Client.Records.Select(record => record.Outer));
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord());
    }

    [Fact]
    public async Task No_ChangeCipherSpec_goes_to_a_client_without_compatibility_mode()
    {
        await using var talk = new Conversation();
        talk.Client.Hello = talk.Client.Hello with { SessionId = [] };
        await talk.HandshakeAsync();
        Assert.DoesNotContain(talk.Client.Records, record => record.Outer == ContentType.ChangeCipherSpec);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4096)]
    [InlineData(3, 2)]
    [InlineData(4096, 1)]
    public async Task A_handshake_and_a_request_survive_input_split_at_every_byte(int step, int segmentSize)
    {
        await using var talk = new Conversation(onServerInput: reader => new ChoppyReader(reader, step, segmentSize));
        var connection = await talk.HandshakeAsync();
        await talk.Client.SendAsync("GET / HTTP/1.1\r\n");
        await talk.Client.SendAsync("Host: example.test\r\n\r\n");
        Assert.Equal("GET / HTTP/1.1\r\nHost: example.test\r\n\r\n", await ReadAllAsync(connection, 38));
    }

    [Fact]
    public async Task Handshake_messages_may_be_cut_into_records_of_one_byte()
    {
        await using var again = new Conversation();
        var message = again.Client.MakeHello();
        var records = message.Encoded.ToArray().SelectMany(value => (byte[])[22, 3, 1, 0, 1, value]).ToArray();
        await again.Client.SendRawAsync(records);
        await again.Client.ReadMessageAsync(HandshakeType.ServerHello);
    }

    [Fact]
    public async Task A_request_in_one_segment_with_the_clients_Finished_does_not_wait()
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        byte[] coalesced = [.. talk.Client.FinishedRecord(), .. talk.Client.Seal(ContentType.ApplicationData, "GET /"u8.ToArray())];
        await talk.Client.SendRawAsync(coalesced);
        var connection = await talk.Accepting;
        Assert.Equal("GET /", await ReadAllAsync(connection, 5));
    }

    [Fact]
    public async Task A_key_that_answers_late_holds_up_nothing_but_its_own_handshake()
    {
        var answer = new TaskCompletionSource();
        await using var slow = new Conversation(TestSite.Options(TestSiteKey(before: answer.Task)));
        await slow.Client.SendHelloAsync();
        await using var quick = new Conversation();
        await quick.HandshakeAsync();
        Assert.False(slow.Accepting.IsCompleted);
        answer.SetResult();
        await slow.Client.ReadServerFlightAsync();
        await slow.Client.SendRawAsync(slow.Client.FinishedRecord());
        await slow.Accepting;
    }

    [Fact]
    public async Task A_key_that_refuses_is_internal_error_and_nothing_of_the_certificate_is_sent()
    {
        await using var talk = new Conversation(TestSite.Options(TestSiteKey(failure: new KeyHolderFailedException("refused"))));
        await talk.Client.SendHelloAsync();
        // The key is asked before anything is sent: the client can read what it is told.
        await talk.Client.ReadRecordAsync();
        Assert.Equal((ContentType.Alert, 2), Assert.Single(talk.Client.Records));
        Assert.Equal("refused", (await talk.FailsSilentlyAsync<KeyHolderFailedException>(AlertDescription.InternalError)).Message);
    }

    [Fact]
    public async Task A_faulty_signature_is_not_sent()
    {
        await using var talk = new Conversation(TestSite.Options(new TestHandshakeKey(Private()) { IsFaulty = true }));
        await talk.Client.SendHelloAsync();
        await talk.FailsSilentlyAsync<KeyHolderFailedException>(AlertDescription.InternalError);
    }

    [Fact]
    public async Task A_key_that_throws_something_unforeseen_is_internal_error_too()
    {
        await using var talk = new Conversation(TestSite.Options(TestSiteKey(failure: new TlsLimitReachedException(AlertDescription.InternalError, "unforeseen"))));
        await talk.Client.SendHelloAsync();
        await talk.FailsSilentlyAsync<TlsLimitReachedException>(AlertDescription.InternalError);
    }

    [Fact]
    public async Task A_wrong_Finished_is_decrypt_error()
    {
        await using var talk = new Conversation();
        await talk.Client.SendHelloAsync();
        await talk.Client.ReadServerFlightAsync();
        await talk.Client.SendRawAsync(talk.Client.FinishedRecord(message => message[^1] ^= 1));
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.DecryptError);
    }

    [Fact]
    public async Task An_invalid_share_is_illegal_parameter()
    {
        await using var talk = new Conversation();
        talk.Client.Hello = talk.Client.Hello with { Shares = [((ushort)NamedGroup.X25519, new byte[32])] };
        await talk.Client.SendHelloAsync(talk.Client.Hello.Encode());
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.IllegalParameter);
    }

    public static TheoryData<string> Required => ["signature_algorithms", "supported_groups", "key_share"];

    [Theory]
    [MemberData(nameof(Required))]
    public async Task A_hello_without_a_required_extension_is_missing_extension(string missing)
    {
        await using var talk = new Conversation();
        talk.Client.MakeHello();
        talk.Client.Hello = missing switch
        {
            "signature_algorithms" => talk.Client.Hello with { Schemes = null },
            "supported_groups" => talk.Client.Hello with { Groups = null },
            _ => talk.Client.Hello with { WithoutShares = true },
        };
        await talk.Client.SendHelloAsync(talk.Client.Hello.Encode());
        await talk.FailsAsync<PeerMisbehavedException>(AlertDescription.MissingExtension);
    }

    [Fact]
    public async Task Compression_and_shares_of_unlisted_groups_are_illegal_parameter()
    {
        await using var compressing = new Conversation();
        compressing.Client.Hello = compressing.Client.Hello with { Compression = [0, 1] };
        await compressing.Client.SendHelloAsync();
        await compressing.FailsAsync<PeerMisbehavedException>(AlertDescription.IllegalParameter);

        await using var unlisted = new Conversation();
        unlisted.Client.Hello = unlisted.Client.Hello with { Groups = [(ushort)NamedGroup.Secp384r1] };
        await unlisted.Client.SendHelloAsync();
        await unlisted.FailsAsync<PeerMisbehavedException>(AlertDescription.IllegalParameter);
    }

    [Fact]
    public async Task Nothing_in_common_is_told_by_the_alert_that_says_what()
    {
        await using var name = new Conversation();
        name.Client.Hello = name.Client.Hello with { ServerName = "elsewhere.test" };
        await name.Client.SendHelloAsync();
        await name.FailsAsync<PeerIncompatibleException>(AlertDescription.UnrecognizedName);

        await using var suite = new Conversation();
        suite.Client.Hello = suite.Client.Hello with { Suites = [0x1304] };
        await suite.Client.SendHelloAsync();
        await suite.FailsAsync<PeerIncompatibleException>(AlertDescription.HandshakeFailure);

        await using var protocol = new Conversation(TestSite.Options(protocols: ["h2"]));
        protocol.Client.Hello = protocol.Client.Hello with { Protocols = ["spdy/1"] };
        await protocol.Client.SendHelloAsync();
        await protocol.FailsAsync<PeerIncompatibleException>(AlertDescription.NoApplicationProtocol);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(16385)]
    public async Task The_clients_record_size_limit_is_kept(int limit)
    {
        await using var talk = new Conversation();
        talk.Client.Hello = talk.Client.Hello with { RecordSizeLimit = limit };
        var connection = await talk.HandshakeAsync();
        var writing = WriteAsync(connection, new byte[40_000]);
        await talk.Client.ReadTextAsync(40_000);
        await writing;
        // RFC 8449 §4: the limit is on TLSInnerPlaintext, so content and type; the tag comes on top.
        Assert.All(talk.Client.Records.Where(record => record.Outer == ContentType.ApplicationData), record => Assert.InRange(record.Length, 17, limit + 16));
    }

    internal static TestHandshakeKey TestSiteKey(Task? before = null, Exception? failure = null) => new(Private()) { Before = before ?? Task.CompletedTask, Failure = failure };

    internal static async Task<string> ReadAllAsync(TlsServerConnection connection, int length)
    {
        var text = "";
        while (text.Length < length)
        {
            var read = await connection.Application.Input.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            text += Encoding.ASCII.GetString(read.Buffer.ToArray());
            connection.Application.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        return text;
    }

    internal static async Task WriteAsync(TlsServerConnection connection, ReadOnlyMemory<byte> bytes) => await connection.Application.Output.WriteAsync(bytes);

    private static PrivateKey Private() => CryptoProvider.Default.ImportPrivateKey(TestSite.Ecdsa.PrivateKey);
}
