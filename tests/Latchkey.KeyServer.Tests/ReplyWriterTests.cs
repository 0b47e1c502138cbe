using Latchkey.KeyServer.Listener;

namespace Latchkey.KeyServer.Tests;

public sealed class ReplyWriterTests
{
    [Fact]
    public void What_is_answered_after_the_connection_has_broken_is_not_kept()
    {
        var (delivered, broken) = (0, 0);
        var writer = new ReplyWriter(new BrokenStream(), count => delivered += count, _ => broken++);
        writer.AddResult(1, new byte[48]);
        writer.Flush();
        Assert.Equal((0, 1), (delivered, broken));

        writer.AddResult(2, new byte[48]); // a master secret, perhaps
        writer.Flush();

        Assert.Equal(0, writer.WaitingBytes);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("it has gone");
    }
}
