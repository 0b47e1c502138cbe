using System.Net.Sockets;
using System.Text;
using Latchkey.Crypto;

namespace Latchkey.TicketExport;

/// <summary>
/// A running HAProxy, told by its admin socket (<c>stats socket … level admin</c>): <c>set ssl tls-key</c>, which puts a key at the end of the three and drops the first.
/// All three are given, oldest first: that leaves the same three whatever HAProxy had before.
/// </summary>
/// <param name="socket">Path.</param>
/// <param name="file">The keys' file as <c>tls-ticket-keys</c> in its configuration names it.</param>
internal sealed class HAProxySocket(string socket, string file, TicketKeyFormat format) : ToldServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public override string Name => $"haproxy ({socket})";

    public override async Task TellAsync(TicketKeySet set, CancellationToken cancellationToken)
    {
        TrustedPlace.RequireSocket(socket);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), patience.Token);
            using (var commands = Commands(set))
                connection.Send(commands.Span);
            var answer = await ReadAsync(connection, patience.Token);
            if (Count(answer, "TLS ticket key updated!") != set.Keys.Count)
                throw new IOException($"it answered \"{answer.Trim()}\" (expected a socket of level admin, and {file} behind tls-ticket-keys)");
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"no answer within {Patience.TotalSeconds} s");
        }
    }

    // One line, so that as little as possible comes between.
    private SecretBytes Commands(TicketKeySet set)
    {
        var head = Encoding.UTF8.GetBytes($"set ssl tls-key {Escaped(file)} ");
        var size = head.Length + TicketKeyFormat.TextSize + 1;
        var commands = new SecretBytes(set.Keys.Count * size);
        foreach (var (index, key) in set.Keys.Index())
        {
            var command = commands.Span.Slice(index * size, size);
            head.CopyTo(command);
            format.EncodeText(key, command[head.Length..]);
            command[^1] = (byte)(index == set.Keys.Count - 1 ? '\n' : ';');
        }
        return commands;
    }

    private static async Task<string> ReadAsync(Socket connection, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var length = 0;
        int count;
        while (length < buffer.Length && (count = await connection.ReceiveAsync(buffer.AsMemory(length), cancellationToken)) > 0)
            length += count;
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Escaped(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(" ", "\\ ", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal);
}
