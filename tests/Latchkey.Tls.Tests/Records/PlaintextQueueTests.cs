using System.Buffers;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tests.Records;

public sealed class PlaintextQueueTests
{
    [Fact]
    public void Small_contents_share_a_block_and_large_ones_get_their_own()
    {
        using var queue = new PlaintextQueue();
        Put(queue, 1, 100);
        Put(queue, 2, 100);
        Assert.True(queue.Content.IsSingleSegment);
        Put(queue, 3, 16_384);
        Assert.False(queue.Content.IsSingleSegment);
        Assert.Equal([.. Enumerable.Repeat((byte)1, 100), .. Enumerable.Repeat((byte)2, 100), .. Enumerable.Repeat((byte)3, 16_384)], queue.Content.ToArray());
    }

    // A request's header in records of one byte and 16 KiB of padding would otherwise hold 16 KiB for each byte.
    [Fact]
    public void Padding_is_not_kept_with_small_contents()
    {
        using var queue = new PlaintextQueue();
        for (var i = 0; i < 9_000; i++)
        {
            queue.GetRoom(16_384)[0] = (byte)i;
            queue.Commit(1);
        }

        var segments = 0;
        foreach (var _ in queue.Content)
            segments++;
        Assert.InRange(segments, 1, 3);
        Assert.Equal(Enumerable.Range(0, 9_000).Select(i => (byte)i), queue.Content.ToArray());
    }

    [Fact]
    public void What_is_not_committed_leaves_no_trace()
    {
        using var queue = new PlaintextQueue();
        queue.GetRoom(50).Fill(9);
        queue.ReturnSpare();
        Assert.True(queue.Content.IsEmpty);
        Put(queue, 1, 10);
        queue.GetRoom(50).Fill(9);
        Put(queue, 2, 10);
        Assert.Equal(20, queue.Content.Length);
        Assert.DoesNotContain((byte)9, queue.Content.ToArray());
    }

    [Fact]
    public void Examined_and_consumed_are_kept_apart()
    {
        using var queue = new PlaintextQueue();
        Put(queue, 1, 10);
        Assert.True(queue.HasUnexamined);
        queue.AdvanceTo(queue.Content.GetPosition(3), queue.Content.End);
        Assert.False(queue.HasUnexamined);
        Assert.Equal(7, queue.Content.Length);
        Put(queue, 2, 5);
        Assert.True(queue.HasUnexamined);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2], queue.Content.ToArray());
        queue.AdvanceTo(queue.Content.End, queue.Content.End);
        Assert.True(queue.Content.IsEmpty);
        Assert.False(queue.HasUnexamined);
    }

    [Fact]
    public void A_position_of_an_earlier_buffer_is_misuse()
    {
        using var queue = new PlaintextQueue();
        Put(queue, 1, 10);
        var stale = queue.Content;
        using var other = new PlaintextQueue();
        Put(other, 1, 10);
        Assert.Throws<InvalidOperationException>(() => other.AdvanceTo(stale.End, stale.End));
    }

    [Fact]
    public void Reading_and_consuming_over_and_over_costs_no_allocation()
    {
        using var queue = new PlaintextQueue();
        Run(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Put(queue, 1, 200);
                Put(queue, 2, 200);
                queue.AdvanceTo(queue.Content.End, queue.Content.End);
            }
        }
    }

    private static void Put(PlaintextQueue queue, byte value, int length)
    {
        queue.GetRoom(length + 17)[..length].Fill(value);
        queue.Commit(length);
    }
}
