using System.Buffers.Binary;
using System.Net.Sockets;
using Latchkey.Crypto;

namespace Latchkey.KeyStores.Tpm;

/// <summary>The bytes to a TPM and back: a device of the kernel, or the socket of a simulator. One command at a time.</summary>
internal sealed class TpmTransport(Stream stream) : IDisposable
{
    private const int HeaderSize = 10;
    private const int Largest = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // a slow TPM takes seconds for a signature

    /// <param name="device">A path, or <c>swtpm:host:port</c>.</param>
    /// <exception cref="IOException">Not there.</exception>
    /// <exception cref="SocketException">Nobody listens.</exception>
    /// <exception cref="UnauthorizedAccessException">No access.</exception>
    public static TpmTransport Open(string device)
    {
        if (!device.StartsWith(TpmUri.Simulator, StringComparison.Ordinal))
            return new TpmTransport(new FileStream(device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0));
        var (host, port) = TpmUri.HostAndPort(device);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds, SendTimeout = (int)Patience.TotalMilliseconds };
        try
        {
            socket.Connect(host, port);
            return new TpmTransport(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a command and waits for the answer.</summary>
    /// <returns>The answer's handle and parameters.</returns>
    /// <exception cref="TpmException">The answer is not success.</exception>
    /// <exception cref="IOException">The TPM is gone.</exception>
    public TpmAnswer Send(TpmCommand command)
    {
        stream.Write(command.Bytes);
        stream.Flush();
        var answer = new SecretBytes(Largest);
        try
        {
            // The kernel's device gives an answer in one reading and none after it.
            var length = stream.Read(answer.Span);
            while (length > 0 && (length < HeaderSize || length < SizeOf(answer)))
            {
                var more = stream.Read(answer.Span[length..]);
                length = more == 0 ? 0 : length + more;
            }
            if (length == 0)
                throw new IOException("the TPM closed the connection");
            var code = BinaryPrimitives.ReadUInt32BigEndian(answer.Span[6..]);
            return code == 0 ? new TpmAnswer(answer, command.IsAuthorized) : throw new TpmException(code, command.Code);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    public void Dispose() => stream.Dispose();

    private static int SizeOf(SecretBytes answer)
    {
        var size = BinaryPrimitives.ReadInt32BigEndian(answer.Span[2..]);
        return size is >= HeaderSize and <= Largest ? size : throw new IOException($"the TPM's answer says that it has {size} bytes");
    }
}

/// <summary>What a TPM answered; disposing zeroes it.</summary>
internal sealed class TpmAnswer(SecretBytes bytes, bool isAuthorized) : IDisposable
{
    private const int HeaderSize = 10;

    /// <summary>The handle that the command returns, where it returns one.</summary>
    public uint Handle => BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[HeaderSize..]);

    /// <summary>The parameters of a command that returns no handle.</summary>
    public TpmReader Parameters => new(bytes.Span[(HeaderSize + (isAuthorized ? sizeof(uint) : 0))..]);

    public void Dispose() => bytes.Dispose();
}
