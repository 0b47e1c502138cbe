using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Latchkey.Edge.Redis;

/// <summary>One connection to a server that speaks the Redis protocol (RESP2), one command at a time.</summary>
internal sealed class RedisConnection : IDisposable
{
    /// <summary>Longer answers are none of ours.</summary>
    private const int MaxAnswer = 64 * 1024;

    private readonly Socket _socket;
    private readonly BufferedStream _stream;

    private RedisConnection(Socket socket)
    {
        _socket = socket;
        _stream = new BufferedStream(new NetworkStream(socket, ownsSocket: true), 4096);
    }

    /// <exception cref="IOException">It does not speak the protocol, or refuses the password.</exception>
    /// <exception cref="SocketException">It cannot be reached.</exception>
    public static async Task<RedisConnection> OpenAsync(string host, int port, string? password, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            var connection = new RedisConnection(socket);
            if (password is not null)
                await connection.CommandAsync(["AUTH"u8.ToArray(), Encoding.UTF8.GetBytes(password)], cancellationToken);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command and reads its answer: a value, or null for none and for mere success.</summary>
    /// <exception cref="IOException">An error, or something that is no answer; the connection is of no use any more.</exception>
    public async Task<byte[]?> CommandAsync(byte[][] words, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Line($"*{words.Length}"), cancellationToken);
        foreach (var word in words)
        {
            await _stream.WriteAsync(Line($"${word.Length}"), cancellationToken);
            await _stream.WriteAsync(word, cancellationToken);
            await _stream.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
        }
        await _stream.FlushAsync(cancellationToken);
        var answer = await ReadLineAsync(cancellationToken);
        return answer switch
        {
            ['$', ..] => await ReadValueAsync(answer, cancellationToken),
            ['+' or ':', ..] => null,
            ['-', .. var error] => throw new IOException($"the cache answered {error}"),
            _ => throw new IOException("the cache does not speak the Redis protocol"),
        };
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private async Task<byte[]?> ReadValueAsync(string head, CancellationToken cancellationToken)
    {
        if (!int.TryParse(head.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var length) || length > MaxAnswer)
            throw new IOException("the cache answered with something too large");
        if (length < 0)
            return null;
        var value = new byte[length + 2];
        await _stream.ReadExactlyAsync(value, cancellationToken);
        return value[..length];
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line.Count < 1024)
        {
            await _stream.ReadExactlyAsync(one, cancellationToken);
            if (one[0] == '\n')
                return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
            line.Add(one[0]);
        }
        throw new IOException("the cache does not speak the Redis protocol");
    }

    private static byte[] Line(string text) => Encoding.ASCII.GetBytes(text + "\r\n");
}
