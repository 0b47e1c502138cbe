using System.IO.Pipelines;
using System.Net.Sockets;

namespace Latchkey.Tls.Tests.Driver;

/// <summary>One end of a connection in memory.</summary>
internal sealed class PipeTransport(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;

    /// <summary>Two ends that talk to each other.</summary>
    public static (PipeTransport Client, PipeTransport Server) Pair(long pauseWriterThreshold = 1 << 20)
    {
        var options = new PipeOptions(pauseWriterThreshold: pauseWriterThreshold, resumeWriterThreshold: pauseWriterThreshold / 2, useSynchronizationContext: false);
        var up = new Pipe(options);
        var down = new Pipe(options);
        return (new PipeTransport(down.Reader, up.Writer), new PipeTransport(up.Reader, down.Writer));
    }

    /// <summary>A socket as a server's transport; does not own it.</summary>
    public static PipeTransport Over(Socket socket)
    {
        var stream = new NetworkStream(socket, ownsSocket: false);
        return new PipeTransport(PipeReader.Create(stream), PipeWriter.Create(stream));
    }

    /// <summary>As a stream, for clients that want one.</summary>
    public Stream AsStream() => new DuplexStream(Input.AsStream(), Output.AsStream());

    private sealed class DuplexStream(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => output.Flush();
        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);
        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            input.Dispose();
            output.Dispose();
            base.Dispose(disposing);
        }
    }
}
