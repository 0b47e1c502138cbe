using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Client;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.Attacks;

/// <summary>Attack 15: replies replayed, invented, or given under another request's id. TLS keeps strangers out of the link; this is what its far end may try.</summary>
[Trait("Attack", "15")]
public sealed class Attack15RepliesTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("twice")]
    [InlineData("invented id")]
    [InlineData("id of the slot's next request")]
    [InlineData("a request instead of a reply")]
    public async Task A_reply_that_answers_no_outstanding_request_ends_the_link(string trick)
    {
        using var world = new World();
        var serving = world.ServeAsync(async (stream, id) =>
        {
            byte[] reply = Reply(id, [1]);
            byte[] bytes = trick switch
            {
                "twice" => [.. reply, .. reply],
                "invented id" => Reply(id ^ 1, [1]),
                "id of the slot's next request" => Reply(id + 1024, [1]),
                _ => HostileEdge.Encode(id, static (ref items) => items.Opcode = Opcode.Ping),
            };
            await stream.WriteAsync(bytes);
        });
        await using var connection = await world.ConnectAsync();

        var asking = connection.PingAsync([], Patience).AsTask();
        var reason = await connection.Closed.WaitAsync(Patience);

        Assert.Equal(KeyServerFailure.ProtocolViolation, reason.Failure);
        if (trick != "twice")
            Assert.Equal(KeyServerFailure.ProtocolViolation, (await Assert.ThrowsAsync<KeyServerException>(() => asking)).Failure);
        await Assert.ThrowsAsync<KeyServerException>(() => connection.PingAsync([], Patience).AsTask());
        await serving;
    }

    [Fact]
    public async Task Replies_in_any_order_reach_their_own_requests()
    {
        using var world = new World();
        var ids = new List<uint>();
        var serving = world.ServeAsync(async (stream, id) =>
        {
            ids.Add(id);
            if (ids.Count == 3)
                await stream.WriteAsync((byte[])[.. Reply(ids[2], [2]), .. Reply(ids[0], [0]), .. Reply(ids[1], [1])]);
        });
        await using var connection = await world.ConnectAsync();

        var asking = Enumerable.Range(0, 3).Select(i => connection.PingAsync([(byte)i], Patience).AsTask()).ToArray();
        var replies = await Task.WhenAll(asking).WaitAsync(Patience);

        Assert.Equal([0, 1, 2], replies.Select(reply => reply.Payload.Span[0]));
        await connection.DisposeAsync();
        await serving;
    }

    private static byte[] Reply(uint id, byte[] payload) => HostileEdge.Encode(id, (ref items) => items = new OutgoingItems(Opcode.Response) { Payload = payload });

    /// <summary>A key server whose replies the test writes.</summary>
    private sealed class World : IDisposable
    {
        private readonly TestAuthority _authority = TestAuthority.Create();
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public World() => _listener.Start();

        public Task<KeyServerConnection> ConnectAsync() => KeyServerConnection.ConnectAsync(
            new KeyServerEndPoint("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port),
            new KeyServerConnectionOptions
            {
                Certificate = _authority.IssueClient("edge").WithPrivateKey(),
                TrustedAuthorities = [X509CertificateLoader.LoadCertificate(_authority.Certificate)],
                Negotiate = false,
            },
            TestContext.Current.CancellationToken);

        /// <summary>Takes one connection and hands over the id of each request until the other side closes.</summary>
        public async Task ServeAsync(Func<SslStream, uint, Task> answer)
        {
            using var socket = await _listener.AcceptSocketAsync();
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsServerAsync(_authority.IssueServer(TestKey.EcdsaP256, "localhost", "127.0.0.1").WithPrivateKey());
            try
            {
                var header = new byte[KeylessFrame.HeaderSize];
                while (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) == header.Length)
                {
                    await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2))]);
                    await answer(stream, BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)));
                }
            }
            catch (IOException)
            {
                // The client has broken the link off, as it should.
            }
        }

        public void Dispose()
        {
            _listener.Dispose();
            _authority.Dispose();
        }
    }
}
